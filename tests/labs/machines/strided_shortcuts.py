"""Trains networks with a strided 1x1 convolution of the picture, each twice; prints their weights.

A program of its own, since a kernel that writes where it must not may end it, at its end even.
"""

import hashlib
from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from labs import nn4
from labs.machines import kernels
from labs.training.step import Steps

STEPS, BATCH = 20, 64


def block_of_ours(t):
    return Layers.residual(t, 16, 3, 2)


def block_of_keras(t):
    main = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(t)
    return keras.layers.add([main, keras.layers.Conv2D(16, 1, strides=2)(t)])


def trained(block):
    """The weights after some iterations, in hexadecimal."""
    keras.utils.set_random_seed(1)
    x = keras.Input((2304,))
    t = block(Layers.unflat(x, 48, 48, 1))
    y = Layers.fc(Layers.flat(Layers.maxpool(t, 4)), 2, activation="log_softmax")
    model, optimizer = keras.Model(x, y), keras.optimizers.SGD(0.01)
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    network = SimpleNamespace(model=model, optimizer=optimizer, strategy=strategy)
    random = np.random.default_rng(2)
    images = random.integers(0, 256, (256, 2304), np.uint8)
    labels = np.eye(2, dtype=np.float32)[images[:, :1152].mean(1).argsort() % 2]
    rows = random.integers(0, 256, (STEPS, BATCH), np.int32)
    steps = Steps(network, nn4.lab)
    steps.run(images, (labels,), rows, 0)
    bits = b"".join(weight.numpy().tobytes() for weight in model.weights)
    return hashlib.sha256(bits).hexdigest()


if __name__ == "__main__":
    kernels.mend_gradients()
    for block in (block_of_ours, block_of_keras):
        print(block.__name__, trained(block), trained(block))
