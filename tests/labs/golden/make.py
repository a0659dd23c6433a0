"""Made the runs in this folder, with the first version; they stay as they are.

    python tests/labs/golden/make.py FOLDER

Each is a short run of a lab on 40 drawn faces, with the newest checkpoint only. `scores.json` in it
says what the network answers to `images(3)`, computed by NumPy from the tensors of the checkpoint.
"""

import contextlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np


def images(count):
    """Numbers in [-0.5, 0.5), (count, 2304) float64, which follow from whole numbers alone."""
    numbers = np.arange(count * 2304, dtype=np.int64)
    return ((numbers * numbers * 31 + numbers * 17) % 251 % 256 - 128).reshape(count, -1) / 256


def perceptron(weights, x):
    """nn2 and nn3 in NumPy."""
    hidden = 1 / (1 + np.exp(-(x @ weights["fc_1/kernel"] + weights["fc_1/bias"])))
    return hidden @ weights["fc_2/kernel"] + weights["fc_2/bias"]


def convolutional(weights, x):
    """nn4 in NumPy."""
    x = x.reshape(-1, 48, 48, 1)
    for name in ("conv_1", "conv_3", "conv_5"):
        kernel, side = weights[f"{name}/kernel"], x.shape[1]
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = sum(
            padded[:, i : i + side, j : j + side] @ kernel[i, j] for i in range(3) for j in range(3)
        )
        x = np.maximum(x + weights[f"{name}/bias"], 0)
        x = x.reshape(len(x), side // 2, 2, side // 2, 2, -1).max(axis=(2, 4))
    x = x.reshape(len(x), -1) @ weights["fc_7/kernel"] + weights["fc_7/bias"]
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


NETWORKS = {"nn2": perceptron, "nn3": perceptron, "nn4": convolutional}


def make(folder, name):
    import tensorflow as tf

    from dsutil.binary import pair_paths, write_pair
    from dsutil.drawn.faces import draw

    data = Path(folder, "data")
    data.mkdir(parents=True, exist_ok=True)
    write_pair(*pair_paths(data, "tiny"), [draw(0, 40, 0, "train")])
    words = f"--databases {data} --train tiny --test tiny --logs {folder} --run r --iterations 5"
    lab = __import__(f"labs.{name}", fromlist=["lab"]).lab
    with contextlib.suppress(SystemExit):
        lab.main([*words.split(), "--batch-size", "16", "--precision", "float32"])
    run = Path(folder, name, "r")
    for path in run.glob("checkpoints/ckpt-0.*"):
        path.unlink()
    for use in ("train", "test"):
        shutil.rmtree(run / use)
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
    weights = {
        key.removeprefix("weights/").removesuffix(suffix).replace(".S", "/"): np.float64(
            reader.get_tensor(key)
        )
        for key in reader.get_variable_to_shape_map()
        if key.startswith("weights/")
    }
    scores = NETWORKS[name](weights, images(3))
    (run / "scores.json").write_text(json.dumps(scores.tolist(), indent=2) + "\n")


if __name__ == "__main__":
    for name in NETWORKS:
        make(sys.argv[1], name)
