"""The Projector tab: faces as points, where the network puts them before it decides."""

import math

import numpy as np
import tensorflow as tf

from dsutil.atomic import replacing
from dsutil.dataset import normalized
from labs.board.events import png
from labs.board.inside import learning_units, named_tensors, watching
from labs.board.pictures import sprite
from labs.board.unchanged import unchanged

AT_ONCE = 100  # faces; a CNN's activations of more take long to get memory for
MOST_NUMBERS = 2_500  # of a point: a browser has to load all of them for a thousand faces


def points(model, images):
    """Where the network puts faces: the name of the place, and an array (n, features).

    It is what the last layer that learns sees of each face. It is the network's output where no
    layer learns, and where what that layer sees has no row for each face, in their order.

    Args:
        images: (n, numbers) uint8.
    """
    parts = [images[i : i + AT_ONCE] for i in range(0, len(images), AT_ONCE)]
    with unchanged(model):
        looks = [_look(model, part) for part in parts]
        places, scores = zip(*looks, strict=True)
        if _stand_in_rows(places) and _follow_the_faces(model, parts[0], places[0][1]):
            return places[0][0], np.concatenate([features for _, features in places])
    return "the output", np.concatenate(scores)


def _look(model, images):
    """Shows images to a model. Returns ((name, features), scores), or (None, scores)."""
    layers, last = learning_units(model), None

    def note(layer, args, kwargs, _outputs):
        nonlocal last
        inputs = [tensor for _, tensor in named_tensors([args, kwargs])]
        if layer in layers and inputs:
            last = layers[layer], inputs

    with watching(note):
        scores = model(normalized(images), training=False)
    place = last and _place(*last, len(images))
    return place, _rows(scores)


def _place(layer, inputs, count):
    """The name of what a layer sees and its rows, those of all inputs side by side; or None."""
    inputs = [tensor for tensor in inputs if not tensor.dtype.is_bool]  # that would be a mask
    if not inputs or any(tensor.shape[:1] != [count] for tensor in inputs):
        return None
    features = np.concatenate([_rows(tensor) for tensor in inputs], axis=1)
    if not features.size:
        return None
    step = math.ceil(features.shape[1] / MOST_NUMBERS)
    if step > 1:
        return f"what {layer} sees, 1 number of {step}", features[:, ::step].copy()
    return f"what {layer} sees", features


def _rows(tensor):
    """A tensor (n, ...) as a finite float32 array (n, features)."""
    array = tf.cast(tensor, tf.float32).numpy()
    return np.nan_to_num(array.reshape(len(array), -1))


def _stand_in_rows(places):
    """Whether all parts of the faces were seen at the same place, and in the same shape."""
    if None in places:
        return False
    return len({(name, features.shape[1]) for name, features in places}) == 1


def _follow_the_faces(model, images, features):
    """Whether the first two rows of features change their places with the first two images.

    They need not be equal to the bit: a layer may average over the batch, or add noise.
    """
    order = np.arange(len(images))
    order[:2] = order[1::-1]
    place, _ = _look(model, images[order])
    if place is None or place[1].shape != features.shape:
        return False
    before, after = (np.float64(rows[:2]) for rows in (features, place[1]))
    return np.linalg.norm(after[::-1] - before) <= np.linalg.norm(after - before)


def write(folder, where, images, shape, table):
    """Writes the points, their labels and thumbnails, and the file that names them.

    Args:
        folder: a folder that TensorBoard shows as a run.
        where: the faces are, as `points` returns it: the name of the place, and an array.
        images: (n, numbers) uint8.
        shape: of an image, (height, width) or (height, width, 3).
        table: what is said of the images: a header, and a row of words for each.
    """
    place, features = where
    header, labelled = table
    lines = ["\t".join(row) for row in (header, *labelled)]
    rows = ("\t".join(f"{number:.6g}" for number in row) for row in features.tolist())
    thumbnails = sprite(images.reshape(-1, *shape))
    assets = folder / "projector"
    assets.mkdir(exist_ok=True)
    _replace(assets / "points.tsv", "\n".join(rows).encode() + b"\n")
    _replace(assets / "faces.tsv", "\n".join(lines).encode() + b"\n")
    _replace(assets / "faces.png", png(thumbnails))
    config = f"""embeddings {{
  tensor_name: "{place}"
  tensor_path: "projector/points.tsv"
  tensor_shape: {features.shape[0]}
  tensor_shape: {features.shape[1]}
  metadata_path: "projector/faces.tsv"
  sprite {{
    image_path: "projector/faces.png"
    single_image_dim: {shape[1]}
    single_image_dim: {shape[0]}
  }}
}}
"""
    _replace(folder / "projector_config.pbtxt", config.encode())


def _replace(path, content):
    with replacing(path) as beside:  # TensorBoard never reads half a file
        beside.write_bytes(content)
