"""Faces, persons, scenes and sequences, drawn the same to the byte everywhere; their truths."""
