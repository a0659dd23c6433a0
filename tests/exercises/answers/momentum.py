"""The answer to labs/exercises/momentum.py."""


def momentum(w, v, dw, learning_rate, mu):
    v = mu * v - learning_rate * dw
    return w + v, v
