"""sliding: a trained network slides over a large picture, and says where the men and women are.

Its fully connected layers become convolutions ("FC vs Conv Layer"): nothing is learned anew, and
one pass answers for every window of the picture. Where there is no face it answers all the same: it
was never asked whether there is one. (That is what detection is about.)

    python -m labs.nn4
    python -m labs.architectures.sliding logs/nn4/1
    python -m labs.architectures.sliding logs/nn4/1 --picture group.jpg --out pictures
"""

from pathlib import Path

import numpy as np

from dsutil.dataset import normalized
from dsutil.drawn import faces
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue, runs
from labs.analysis import plots
from labs.architectures.kernels import opened
from labs.training.options import Parser

SEED = 1
ROWS, COLUMNS, APART = 4, 6, 40  # of the drawn picture: faces, and pixels between them
GROUND = 128  # its grey


def crowd():
    """Drawn faces at random places, as (height, width) uint8; and what stands in each place.

    Returns:
        The picture, and (row, column, whether it is a woman) of each face's upper left corner.
    """
    random = np.random.default_rng(SEED)
    images, labels = faces.draw(0, ROWS * COLUMNS, stream="test")
    side = round(images.shape[1] ** 0.5)
    cell = side + APART
    picture = np.full((ROWS * cell, COLUMNS * cell), GROUND, np.uint8)
    places = []
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        row, column = (np.array(divmod(i, COLUMNS)) * cell + random.integers(0, APART, 2)).tolist()
        picture[row : row + side, column : column + side] = image.reshape(side, side)
        places.append((row, column, bool(label[1])))
    return picture, places


def heat(model, picture):
    """The probability of a woman in each window of a picture, (rows, columns).

    Args:
        model: from rows of pixels to logarithms of the probabilities of man and woman.
        picture: (height, width) uint8.
    """
    import layers as Layers

    y = Layers.as_convolution(model)(normalized(picture)[None, ..., None])
    return np.exp(np.asarray(y, np.float64))[0, ..., 1]


def draw(picture, probabilities, side):
    """The figure: the picture, and the heat map over it.

    Args:
        side: pixels of a window, in whose middle its answer is drawn.
    """
    figure, (plain, hot) = plots.figure(panels=2)
    height, width = picture.shape
    rows, columns = probabilities.shape
    steps = [(length - side) / max(1, count - 1)
             for length, count in ((height, rows), (width, columns))]  # fmt: skip
    top, left = ((side - step) / 2 for step in steps)
    extent = (left, left + columns * steps[1], top + rows * steps[0], top)
    for axes in (plain, hot):
        axes.imshow(picture, "gray", vmin=0, vmax=255, extent=(0, width, height, 0))
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
    shown = hot.imshow(probabilities, "PuOr", vmin=0, vmax=1, extent=extent, alpha=0.6)
    hot.set(xlim=(0, width), ylim=(height, 0))
    figure.colorbar(shown, ax=hot, label="probability of a woman")
    return figure


def main(arguments=None):
    parser = Parser("python -m labs.architectures.sliding", __doc__)
    parser.add_trained()
    parser.add_argument("--picture", metavar="FILE", help="a photograph (default: drawn faces)")
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of sliding.png (default: logs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        model, side = trained(options.run, options.checkpoint)
        picture = opened(options.picture) if options.picture else crowd()[0]
        if min(picture.shape) < side:
            raise InputError(
                f"{options.picture}: found {picture.shape[1]}x{picture.shape[0]} pixels, expected "
                f"at least {side}x{side}."
            )
        try:
            probabilities = heat(model, picture)
        except ValueError as error:
            raise InputError(f"The network of {options.run} cannot slide: {error}.") from error
        path = Path(options.out, "sliding.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        plots.save(draw(picture, probabilities, side), path)
        print(f"{path}: written, {probabilities.shape[0]}x{probabilities.shape[1]} windows")


def trained(folder, checkpoint):
    """The network of a run, and the side of the pictures that it takes.

    Raises:
        InputError: there is no such run, or another question was asked in it.
    """
    from dsutil import FACES, GENDER

    run = runs.existing(folder)
    lab = catalogue.lab_of(run)
    if lab.task.images != FACES or lab.task.truths != (GENDER,):
        raise InputError(f"{folder}: expected the run of a lab that tells men from women.")
    from labs.analysis.trained import restored

    return restored(lab, run, checkpoint, precision="float32").model, FACES.shape[0]


if __name__ == "__main__":
    main()
