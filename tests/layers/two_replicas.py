"""Normalises batches over two devices, half of each batch on each, for test_normalization.

    python two_replicas.py batches.npz answers.npz

The devices have to be set up before TensorFlow does anything, so this is a program of its own.
"""

import sys

import numpy as np
import tensorflow as tf

import layers as Layers

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])


def halves(whole):
    parts = np.split(whole.astype("float32"), 2)
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(parts[context.replica_id_in_sync_group])
    )


def whole(halves):
    return np.concatenate(strategy.experimental_local_results(halves))


def total(summands):
    return sum(summand.numpy() for summand in strategy.experimental_local_results(summands))


def train(x, dy, training):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = bn.normalize(x, training)
    return y, *tape.gradient(y, [x, bn.gamma, bn.beta], output_gradients=dy)


given = np.load(sys.argv[1])
with strategy.scope():
    bn = Layers.BatchNormalizer(given["x"].shape[-1], decay=float(given["decay"]))
    bn.build(given["x"].shape[1:])
# As Python's truth and as a tensor, which a graph cannot look into.
for batch, training in zip(given["x"], (True, tf.constant(True), True), strict=True):
    y, dx, dgamma, dbeta = tf.function(strategy.run)(
        train, args=(halves(batch), halves(given["dy"]), training)
    )
inferred = tf.function(strategy.run)(bn.normalize, args=(halves(batch), tf.constant(False)))
np.savez(
    sys.argv[2],
    y=whole(y),
    dx=whole(dx),
    dgamma=total(dgamma),
    dbeta=total(dbeta),
    inferred=whole(inferred),
)
