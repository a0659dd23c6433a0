"""Networks that read step by step, and remember."""
