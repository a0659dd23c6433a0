"""How a network is trained: optimizers, learning rates, initial weights, activations, losses."""
