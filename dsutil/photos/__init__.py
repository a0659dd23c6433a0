"""Photographs of faces made into data sets: who is on them, where the face is, which are twins.

>>> from dsutil.photos import photo
>>> face = photo.face("me.jpg")     # (48, 48) uint8, 0 black
"""
