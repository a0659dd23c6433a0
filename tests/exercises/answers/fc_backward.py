"""The answer to labs/exercises/fc_backward.py."""


def fc_backward(dy, x, w):
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)
