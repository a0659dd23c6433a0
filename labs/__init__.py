"""A course's labs in deep learning; `python -m labs` lists them."""

import os
import sys

from labs.machines.deferred import defer

# Read when TensorFlow loads, so set before anything imports it. oneDNN's kernels are off by default
# on processors without AVX-512, where they more than halve the time of a convolution all the same.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Keras reads these when it loads. Whatever a user set, here or in keras.json, TensorFlow trains.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["KERAS_NNX_ENABLED"] = "0"
if sys.argv[:1] == ["-m"]:  # so it is while Python looks for the script of `python -m labs.nn4`
    defer("tensorflow", "keras", "layers")
