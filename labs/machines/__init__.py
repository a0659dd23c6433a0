"""Where a run computes: devices, precision, and several machines that train together."""
