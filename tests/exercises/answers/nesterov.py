"""The answer to labs/exercises/nesterov.py."""


def nesterov(w, v, gradient, learning_rate, mu):
    v = mu * v - learning_rate * gradient(w + mu * v)
    return w + v, v
