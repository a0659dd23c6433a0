"""What a network is built of: depth, shortcuts, normalization, pooling."""
