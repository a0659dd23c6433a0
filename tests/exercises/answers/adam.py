"""The answer to labs/exercises/adam.py."""

import numpy as np


def adam(w, m, v, dw, step, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**step), v / (1 - beta2**step)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v
