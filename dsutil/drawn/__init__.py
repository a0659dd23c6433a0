"""Faces, persons, scenes, groups and sequences, the same to the byte everywhere; their truths."""
