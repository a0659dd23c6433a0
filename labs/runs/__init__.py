"""A run's folder: what it was asked, what it has learned, and who works on it."""

from labs.runs.run import Run, existing, folder_at, reason, restore, start

__all__ = ["Run", "existing", "folder_at", "reason", "restore", "start"]
