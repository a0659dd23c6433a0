"""Activation maximization: what the units of a layer answer most to.

Of given faces those that a unit likes best, and a picture that gradient ascent makes for it.
"""

import contextlib
import math

import keras
import numpy as np
import tensorflow as tf

from dsutil import pictures
from dsutil.dataset import normalized
from dsutil.errors import InputError

UNITS = 5  # of the layer, where none are named
FACES = 9  # that a unit answers most to
BATCH = 250

STEPS, LENGTH = 120, 1.0  # of the gradient ascent: how many, and how long each is
DECAY = 0.02  # of a picture's contrast that each step takes away again
BLURRED_EVERY = 4  # steps
SEED = 1


def answers(model, layer, x):
    """What a layer's units answer to images, before the layer's activation.

    A unit behind a ReLU that is silent has the gradient 0, and no gradient ascent would wake it.

    Args:
        x: images (n, numbers) in [-0.5, 0.5).

    Returns:
        (n, units), or (n, height, width, units) where the units have maps.
    """
    from labs.board.inside import named_tensors, watching

    found = []

    def note(called, _args, _kwargs, outputs):
        if called is layer:
            found.extend(tensor for _, tensor in named_tensors(outputs))

    with _without_activation(layer), watching(note):
        model(x, training=False)
    return tf.cast(found[0], tf.float32)


@contextlib.contextmanager
def _without_activation(layer):
    if not hasattr(layer, "activation"):
        yield
        return
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation


def strongest(maps):
    """The largest answer of each unit, (n, units), and its place (n, units, 2), row and column.

    Args:
        maps: (n, height, width, units).
    """
    n, _, width, units = maps.shape
    flat = maps.reshape(n, -1, units)
    places = np.stack(np.divmod(flat.argmax(axis=1), width), axis=-1)
    return flat.max(axis=1), places


def ascended(score, shape, count, smoothed):
    """Pictures that gradient ascent makes out of grey, (count, numbers) in [-0.5, 0.5].

    The grey has a noise of about one of 256 grey levels: where biases are 0, all ReLUs are silent
    for grey itself, and no gradient passes.

    Args:
        score: from pictures (count, numbers) to what is to grow, (count,).
        shape: of a picture.
        smoothed: from a picture (*shape,) to a smoother one.

    Source: Erhan et al., "Visualizing Higher-Layer Features of a Deep Network", 2009; Yosinski et
    al., "Understanding Neural Networks Through Deep Visualization", 2015, for decay and blur.
    """
    x = np.random.default_rng(SEED).normal(0, 1 / 256, (count, math.prod(shape)))
    for step in range(1, STEPS + 1):
        slope = _gradient(score, tf.constant(x, tf.float32))
        norm = np.linalg.norm(slope, axis=1, keepdims=True)
        x = (1 - DECAY) * x + LENGTH * slope / np.maximum(norm, np.finfo(np.float32).tiny)
        if step % BLURRED_EVERY == 0:
            x = np.stack([smoothed(one.reshape(shape)).ravel() for one in x])
        x = x.clip(-0.5, 0.5)
    return x


def _gradient(score, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(score(x))
    return tape.gradient(total, x).numpy()


def told_apart_most(values):
    """The UNITS units whose answers (n, units) differ most from face to face, in their order."""
    return np.sort(np.argsort(-values.std(axis=0), kind="stable")[:UNITS])


def best_faces(values, places, units, images, scale):
    """The faces that each unit answers most to, with a cross where it does.

    Args:
        values, places: what `strongest` returns of all faces.
        units: numbers of some units.
        images: (n, *shape) uint8.
        scale: pixels between two places of a map, down and across; None where there are no maps.

    Returns:
        (units, FACES, height, width, 3) uint8.
    """
    rows = []
    for unit in units:
        best = np.argsort(-values[:, unit], kind="stable")[:FACES]
        faces = pictures.coloured(images[best])
        if scale is not None:
            centres = (places[best, unit] + 0.5) * scale
            crosses = zip(faces, centres[:, None, ::-1], strict=True)
            faces = np.stack([pictures.with_points(*one) for one in crosses])
        rows.append(faces)
    return np.stack(rows)


def made_for(model, layer, units, shape, smoothed):
    """The picture that gradient ascent makes for each unit, (units, height, width, 3) uint8.

    What grows is the mean of the unit's map. Each picture is shown with all the contrast there is.
    """

    def score(x):
        y = answers(model, layer, x)
        y = tf.reduce_mean(tf.reshape(y, (len(units), -1, y.shape[-1])), axis=1)
        return tf.gather(y, units, axis=1, batch_dims=1)  # of each picture its own unit

    units = np.reshape(units, (-1, 1))
    made = ascended(score, shape, len(units), smoothed)
    made /= np.maximum(abs(made).max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return pictures.coloured(np.round(127 * made + 128).astype(np.uint8).reshape(-1, *shape))


def seen(model, layer, units, images, shape, smoothed):
    """Which units there are, and of each the picture made for it and the faces it likes best.

    Args:
        units: their numbers; None for those that tell the faces apart most.
        images: (n, numbers) uint8.
        shape: of an image.
        smoothed: as for `ascended`.

    Returns:
        The units' numbers, and (units, 1 + FACES, height, width, 3) uint8.

    Raises:
        InputError: the layer has no such unit.
    """
    pieces = (normalized(images[i : i + BATCH]) for i in range(0, len(images), BATCH))
    maps = np.concatenate([answers(model, layer, x).numpy() for x in pieces])
    if maps.ndim not in (2, 4):
        raise InputError(
            f"The layer {layer.name} puts out {maps.shape[1:]} for an image, expected a map "
            "or a number for each unit."
        )
    count, scale = maps.shape[-1], None
    if units and max(units) >= count:
        raise InputError(
            f"The layer {layer.name} has no unit {max(units)}: expected numbers from 0 to "
            f"{count - 1}."
        )
    if maps.ndim == 4:
        scale = np.array(shape[:2]) / maps.shape[1:3]
    values, places = strongest(maps if maps.ndim == 4 else maps[:, None, None])
    units = told_apart_most(values) if units is None else units
    faces = best_faces(values, places, units, images.reshape(-1, *shape), scale)
    made = made_for(model, layer, units, shape, smoothed)
    return units, np.concatenate([made[:, None], faces], axis=1)
