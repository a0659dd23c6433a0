"""What the labs share, so that a lab holds only what its lecture is about."""

from labs.training.lab import Lab

__all__ = ["Lab"]
