"""Four deep-learning labs that tell gender from a face; `python -m labs` lists them."""

import os

# Read when TensorFlow loads, so set before anything imports it. oneDNN's kernels are off by default
# on processors without AVX-512, where they more than halve the time of a convolution all the same.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Keras reads these when it loads. Whatever a user set, here or in keras.json, TensorFlow trains.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["KERAS_NNX_ENABLED"] = "0"
