"""seeing: what the units of a trained network answer most to, and which part of a face decides.

For some units of a layer it draws the nine faces that each answers most to, with a cross where, and
a picture that gradient ascent makes for it out of grey. For some faces it draws how sure the
network is of the right class while a grey square covers a part: the occlusion map.

    python -m labs.nn4
    python -m labs.representations.seeing logs/nn4/1
    python -m labs.representations.seeing logs/nn4/1 --layer fc_7 --units 0 1 --out pictures
"""

from pathlib import Path

import numpy as np

from dsutil import pictures
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.analysis import charts, occlusion, plots
from labs.analysis.activation_maximization import UNITS, seen
from labs.architectures.kernels import KERNELS, filtered
from labs.tasks import Classification
from labs.training import data_sets
from labs.training.options import Parser, whole

IMAGES = 2000  # of the test set, out of which the faces are that a unit answers most to
OCCLUDED = 6  # faces


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
        units, rows = seen(trained.model, layer, options.units, images, shape, blurred)
        covered = occlusion.occluded(trained, images, labels, OCCLUDED)
        figures = {
            "seeing.png": draw_units(units, rows, name),
            "occlusion.png": draw_occlusion(list(covered)),
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


def blurred(picture):
    """A picture (height, width) or (height, width, channels) under the slide's Gaussian blur."""
    planes = np.atleast_3d(picture)
    kernel = KERNELS["Gaussian blur"]
    smooth = [filtered(planes[..., i], kernel) for i in range(planes.shape[2])]
    return np.stack(smooth, axis=-1).reshape(picture.shape)


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
        stride = occlusion.STRIDE
        edge = (occlusion.SQUARE - stride) / 2  # each answer is drawn in the middle of its square
        rows, columns = shares.shape
        extent = (edge, edge + columns * stride, below + edge + rows * stride, below + edge)
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


if __name__ == "__main__":
    main()
