"""Exercises: functions to fill in by hand, which `python -m labs.check` judges."""
