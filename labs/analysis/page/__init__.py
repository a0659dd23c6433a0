"""A run as one page that opens in any browser: what it is, its curves, and its network at work."""
