"""Faces, persons and scenes that are drawn, the same to the byte on every machine, and their truths."""
