"""Faces that are drawn, the same to the byte on every machine, and what is known of them."""
