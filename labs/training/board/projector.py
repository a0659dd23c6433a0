"""The Projector tab: faces as points, where the network puts them before it decides."""

import keras
import numpy as np
import tensorflow as tf

from dsutil import CLASSES, SIDE
from dsutil.atomic import replacing
from dsutil.dataset import normalized
from labs.training.board.events import png
from labs.training.board.pictures import sprite

AT_ONCE = 100  # faces; a CNN's activations of more take long to get memory for


def before_the_last(model):
    """The layer that decides, and a model from images to what it decides from, (n, features)."""
    last = next(layer for layer in reversed(model.layers) if layer.trainable_weights)
    return last, keras.Model(model.input, last.input)


def write(folder, model, images, labels, probabilities):
    """Writes the points, their labels and thumbnails, and the file that names them.

    Args:
        folder: a folder that TensorBoard shows as a run.
        model: the lab's.
        images: (n, 2304) uint8.
        labels, probabilities: (n, 2).
    """
    last, features = before_the_last(model)
    parts = [
        tf.cast(features(normalized(images[i : i + AT_ONCE]), training=False), tf.float32).numpy()
        for i in range(0, len(images), AT_ONCE)
    ]
    points = np.concatenate(parts).reshape(len(images), -1)
    answers = probabilities.argmax(axis=1)
    lines = ["label\tanswer\tprobability\tright"]
    for label, answer, shares in zip(labels.argmax(axis=1), answers, probabilities, strict=True):
        right = "right" if answer == label else "wrong"
        lines.append(f"{CLASSES[label]}\t{CLASSES[answer]}\t{shares[answer]:.3f}\t{right}")
    rows = ("\t".join(f"{number:.6g}" for number in row) for row in points.tolist())
    assets = folder / "projector"
    assets.mkdir(exist_ok=True)
    _replace(assets / "points.tsv", "\n".join(rows).encode() + b"\n")
    _replace(assets / "faces.tsv", "\n".join(lines).encode() + b"\n")
    _replace(assets / "faces.png", png(sprite(images.reshape(-1, SIDE, SIDE))))
    config = f"""embeddings {{
  tensor_name: "what {last.name} sees"
  tensor_path: "projector/points.tsv"
  tensor_shape: {points.shape[0]}
  tensor_shape: {points.shape[1]}
  metadata_path: "projector/faces.tsv"
  sprite {{
    image_path: "projector/faces.png"
    single_image_dim: {SIDE}
    single_image_dim: {SIDE}
  }}
}}
"""
    _replace(folder / "projector_config.pbtxt", config.encode())


def _replace(path, content):
    with replacing(path) as beside:  # TensorBoard never reads half a file
        beside.write_bytes(content)
