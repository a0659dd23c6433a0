"""nn1: a simple perceptron, on one page.

Read two files, make two fully connected layers, follow the gradient of the squared error downhill.
What are the shapes of the tensors? How many parameters are there to learn?

    python -m labs.nn1
"""

import argparse

parser = argparse.ArgumentParser("python -m labs.nn1", description="A perceptron on one page.")
parser.add_argument("--databases", default="DataBases", metavar="DIR", help="folder of the files")
parser.add_argument("--train", default="1k", metavar="NAME", help="data_NAME.bin, gender_NAME.bin")
parser.add_argument("--iterations", default=15_001, type=int, metavar="N", help="default: 15001")
options = parser.parse_args()  # before TensorFlow loads: --help answers at once
if options.iterations < 1:
    parser.error(f"argument --iterations: found {options.iterations}, expected 1 or more")

import numpy as np

from dsutil import databases
from dsutil.binary import read_pair
from dsutil.errors import exit_with_sentence
from labs.machines.quiet import load_tensorflow

with exit_with_sentence():
    data_path, label_path = databases.find(options.databases, options.train)
    read_pair(data_path, label_path)  # says so if they are not sound
    tf, _ = load_tensorflow()  # import tensorflow as tf, without its lines about the machine

dim = 2304  # an image has 48*48 pixels, each a byte of grey
batch_size = 256
learning_rate = 1e-5

images = tf.constant(np.fromfile(data_path, np.uint8).reshape(-1, dim))
labels = tf.constant(np.fromfile(label_path, np.float32).reshape(-1, 2))


def weights(input_dim, output_dim):
    """W, of small random numbers, and B, of zeros."""
    W = tf.Variable(tf.random.truncated_normal([input_dim, output_dim], stddev=0.1))
    return W, tf.Variable(tf.zeros([output_dim]))


def fc_layer(tensor, W, B):
    """A fully connected layer. Prints its shapes, once: TensorFlow calls it to build a graph."""
    for name, value in {"tensor": tensor, "W": W, "B": B}.items():
        print(f"{name:<8}", str(tuple(value.shape)).replace("None", "?"))
    tensor = tf.matmul(tensor, W) + B
    print("tensor  ", str(tuple(tensor.shape)).replace("None", "?"))
    print("-----")
    return tensor


W1, B1 = weights(dim, 50)
W2, B2 = weights(50, 2)


@tf.function(input_signature=[tf.TensorSpec([None, dim])])
def perceptron(x):
    sigmo = tf.nn.sigmoid(fc_layer(x, W1, B1))
    return fc_layer(sigmo, W2, B2)


@tf.function
def train(first, iterations):
    """Runs so many iterations; returns the loss of the first one, before its step."""
    first_loss = 0.0
    batches = max(1, len(images) // batch_size)
    for it in tf.range(first, first + iterations):
        start = it % batches * batch_size  # the batch that would run past the end is left out
        x = tf.cast(images[start : start + batch_size], tf.float32)
        y_desired = labels[start : start + batch_size]
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(perceptron(x) - y_desired))
        if it == first:
            first_loss = loss
        parameters = [W1, B1, W2, B2]
        for parameter, gradient in zip(parameters, tape.gradient(loss, parameters), strict=True):
            parameter.assign_sub(learning_rate * gradient)
    return first_loss


for it in range(0, options.iterations, 1000):
    iterations = min(1000, options.iterations - it)
    print(f"it= {it:6d} - loss= {train(tf.constant(it), tf.constant(iterations)):f}", flush=True)
