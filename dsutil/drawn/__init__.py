"""Faces, persons and scenes, drawn the same to the byte on every machine, and their truths."""
