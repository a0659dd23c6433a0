"""What closes the gap between images that a network trained on and those it never saw."""
