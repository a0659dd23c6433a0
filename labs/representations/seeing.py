"""seeing: what the units of a trained network answer most to, and which part of a face decides.

For some units of a layer it draws the nine faces that each answers most to, with a cross where, and
a picture that gradient ascent makes for it out of grey. For some faces it draws how sure the
network is of the right class while a grey square covers a part: the occlusion map.

    python -m labs.nn4
    python -m labs.representations.seeing logs/nn4/1
    python -m labs.representations.seeing logs/nn4/1 --layer fc_7 --units 0 1 --out pictures
"""

import contextlib
import math
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dsutil import pictures
from dsutil.dataset import normalized
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.analysis import charts, plots
from labs.architectures.kernels import KERNELS, filtered
from labs.tasks import Classification
from labs.training import data_sets
from labs.training.options import Parser, whole

UNITS = 5  # of the layer, where none are named
FACES = 9  # that a unit answers most to
IMAGES = 2000  # of the test set, out of which these are
BATCH = 250

STEPS, LENGTH = 120, 1.0  # of the gradient ascent: how many, and how long each is
DECAY = 0.02  # of a picture's contrast that each step takes away again
BLURRED_EVERY = 4  # steps
SEED = 1

OCCLUDED = 6  # faces
SQUARE, STRIDE, GREY = 16, 2, 128  # of what covers them: side and step in pixels, and its grey


# ------------------------------------------------------------------------------- units of a layer


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


def ascended(score, shape, count, smoothed=lambda picture: picture):
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


def blurred(picture):
    """A picture (height, width) or (height, width, channels) under the slide's Gaussian blur."""
    planes = np.atleast_3d(picture)
    kernel = KERNELS["Gaussian blur"]
    smooth = [filtered(planes[..., i], kernel) for i in range(planes.shape[2])]
    return np.stack(smooth, axis=-1).reshape(picture.shape)


# ---------------------------------------------------------------------------------- occlusion


def occlusion_map(probabilities, image, side=SQUARE, stride=STRIDE):
    """How sure a network is of a class at each place of a grey square over the picture.

    Args:
        probabilities: from pictures (n, *shape) uint8 to the class's probability in each, (n,).
        image: (height, width) or (height, width, channels) uint8.
        side: pixels of the square.
        stride: pixels from one place to the next.

    Returns:
        (rows, columns), a number for each place.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
    section 4.2.
    """
    tops, lefts = (range(0, length - side + 1, stride) for length in image.shape[:2])
    covered = np.tile(image, (len(tops), len(lefts), *[1] * image.ndim))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            covered[i, j, top : top + side, left : left + side] = GREY
    return probabilities(covered.reshape(-1, *image.shape)).reshape(len(tops), len(lefts))


# ------------------------------------------------------------------------------- what is seen


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


def made_for(model, layer, units, shape):
    """The picture that gradient ascent makes for each unit, (units, height, width, 3) uint8.

    What grows is the mean of the unit's map. Each picture is shown with all the contrast there is.
    """

    def score(x):
        y = answers(model, layer, x)
        y = tf.reduce_mean(tf.reshape(y, (len(units), -1, y.shape[-1])), axis=1)
        return tf.gather(y, units, axis=1, batch_dims=1)  # of each picture its own unit

    units = np.reshape(units, (-1, 1))
    made = ascended(score, shape, len(units), blurred)
    made /= np.maximum(abs(made).max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return pictures.coloured(np.round(127 * made + 128).astype(np.uint8).reshape(-1, *shape))


def seen(model, layer, units, images, shape):
    """Which units there are, and of each the picture made for it and the faces it likes best.

    Args:
        units: their numbers; None for those that tell the faces apart most.
        images: (n, numbers) uint8.
        shape: of an image.

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
    return units, np.concatenate([made_for(model, layer, units, shape)[:, None], faces], axis=1)


def occluded(trained, images, labels):
    """Yields face, title and occlusion map of some that are answered right."""
    task = trained.lab.task
    shares = trained.answers(images)
    right = np.flatnonzero(shares.argmax(axis=1) == labels.argmax(axis=1))
    for row in right[task.some((labels[right],), len(right), OCCLUDED)]:
        image, chosen = images[row].reshape(task.images.shape), labels[row] == 1

        def probabilities(covered, chosen=chosen):
            return trained.answers(covered.reshape(len(covered), -1))[:, chosen]

        yield image, task.caption(image, shares[row]).answer, occlusion_map(probabilities, image)


# ------------------------------------------------------------------------------- the pictures


def draw_units(units, rows, layer):
    """The figure: a row a unit, with the picture made for it first."""
    count, across, height, width, _ = rows.shape
    gap = height // 12
    figure, (axes,) = plots.figure()
    figure.set_size_inches(0.87 * across, 0.87 * count + 0.5)
    whole = pictures.tiled(rows.reshape(-1, height, width, 3), across, gap)
    axes.imshow(whole, interpolation="nearest")
    axes.set_yticks(height / 2 + (height + gap) * np.arange(count), [f"unit {i}" for i in units])
    middles = [width / 2, width / 2 + (width + gap) * (1 + across) / 2]
    axes.set_xticks(
        middles, ["gradient ascent", f"the faces that each unit of {layer} answers most to"]
    )
    axes.xaxis.tick_top()
    finish(axes)
    return figure


def draw_occlusion(found):
    """The figure: each face, and below it what becomes of the answer where the square covers it."""
    figure, panels = plots.figure(panels=len(found))
    figure.set_size_inches(2 * len(found) + 1, 4.3)
    for axes, (image, title, shares) in zip(panels, found, strict=True):
        height, width = image.shape[:2]
        below = height + 4
        axes.imshow(image, "gray", vmin=0, vmax=255, extent=(0, width, height, 0))
        axes.imshow(image, "gray", vmin=0, vmax=255, extent=(0, width, below + height, below))
        edge = (SQUARE - STRIDE) / 2  # each answer is drawn in the middle of its square
        rows, columns = shares.shape
        extent = (edge, edge + columns * STRIDE, below + edge + rows * STRIDE, below + edge)
        shown = axes.imshow(shares, "Reds_r", vmin=0, vmax=1, extent=extent, alpha=1 - shares)
        axes.set(xlim=(0, width), ylim=(below + height, 0), xticks=[], yticks=[])
        axes.set_title(title, size=charts.SIZE)
        finish(axes)
    bar = figure.colorbar(shown, ax=panels, fraction=0.05)
    bar.set_label("probability of the right class", size=charts.SIZE - 1)
    return figure


def finish(axes):
    """Takes away what a picture needs no more."""
    axes.grid(visible=False)
    axes.tick_params(length=0, labelsize=charts.SIZE - 1)
    axes.spines[:].set_visible(False)


# --------------------------------------------------------------------------------- the command


def main(arguments=None):
    parser = Parser("python -m labs.representations.seeing", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--layer", metavar="NAME", help="whose units (default: the last convolution)"
    )
    parser.add_argument(
        "--units", type=whole(0), nargs="+", metavar="N",
        help=f"their numbers, from 0 on (default: the {UNITS} that tell the faces apart most)",
    )  # fmt: skip
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of seeing.png and occlusion.png"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        plots.figure()  # without which there is nothing to compute for
        trained, images, labels = opened(options.run, options.checkpoint)
        layer, name = layer_called(trained.model, options.layer)
        shape = trained.lab.task.images.shape
        units, rows = seen(trained.model, layer, options.units, images, shape)
        figures = {
            "seeing.png": draw_units(units, rows, name),
            "occlusion.png": draw_occlusion(list(occluded(trained, images, labels))),
        }
        for file, figure in figures.items():
            path = Path(options.out, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            plots.save(figure, path)
            print(f"{path}: written")


def opened(folder, checkpoint):
    """The `Trained` network of a run, and the first IMAGES of its test set with their labels.

    Raises:
        InputError: there is no such run, or it does not tell classes apart.
    """
    run, lab = catalogue.run_asking(folder, Classification, "tells classes apart")
    from labs.analysis.trained import restored

    given = run.config["options"]
    data = data_sets.open_one(lab.task, given["databases"], given["test"])
    count = min(IMAGES, data.count)
    trained = restored(lab, run, checkpoint, precision="float32")
    return trained, data.read(0, count), data.truths[0][:count]


def layer_called(model, name):
    """The layer of this name, and its name; the last convolution where it is None.

    Raises:
        InputError: there is no such layer, or its units are not told apart.
    """
    from labs.board.inside import units

    known = {called: layer for layer, called in units(model).items()}
    if name is None:
        kernels = {called: layer.kernel for called, layer in known.items() if _has_kernel(layer)}
        convolutions = [called for called, kernel in kernels.items() if len(kernel.shape) == 4]
        name = (convolutions or [*kernels] or [*known])[-1]
    if name not in known:
        raise InputError(f"There is no layer {name!r}: expected one of {', '.join(known)}.")
    return known[name], name


def _has_kernel(layer):
    return hasattr(getattr(layer, "kernel", None), "shape")


if __name__ == "__main__":
    main()
