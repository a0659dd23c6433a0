"""painting: faces that a trained generator paints, beside real ones; and the generator as a file.

    python -m labs.autoencoders.painting logs/gan/1 --out faces.png
    python -m labs.autoencoders.painting logs/gan/1 --generator generator.keras

The file takes random numbers of a standard normal distribution, (n, 64), and gives pixels in
[-0.5, 0.5], (n, 2304); `keras.saving.load_model` needs nothing of this project for it.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from dsutil import pictures
from dsutil.errors import InputError, exit_with_sentence
from labs.autoencoders.frechet import faces, known
from labs.tasks import Generation
from labs.training.options import Parser, whole

SIDE = 96  # pixels of a face


def beside(real, painted, shape, columns):
    """Real pictures left, painted ones right, as a picture: (n, numbers) uint8 each."""
    grids = [
        pictures.tiled(pictures.enlarged(rows.reshape(-1, *shape), SIDE), columns, gap=2)
        for rows in (real, painted)
    ]
    ground = np.full((len(grids[0]), SIDE // 2, *grids[0].shape[2:]), 255, np.uint8)
    return np.concatenate([grids[0], ground, grids[1]], axis=1)


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.painting", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--rows", type=whole(1, 20), default=5, metavar="N", help="of faces (default: 5)"
    )
    parser.add_argument("--seed", type=whole(0), default=1, metavar="N", help="(default: 1)")
    parser.add_argument("--databases", metavar="DIR", help="of the real faces (default: the run's)")
    parser.add_argument(
        "--out", default="logs/painting.png", metavar="PNG", help="(default: logs/painting.png)"
    )
    parser.add_argument("--generator", metavar="FILE.keras", help="write the generator, too")
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        for path, suffix in ((options.out, ".png"), (options.generator or ".keras", ".keras")):
            if not path.endswith(suffix):
                raise InputError(f"{path}: expected a name that ends in {suffix}.")
        paint(options)


def paint(options):
    """Writes what was asked for."""
    run, lab = known(options.run, Generation)
    count = options.rows**2
    real = faces((run, lab), "test", options.databases, count)
    if len(real) < count:
        raise InputError(
            f"--rows {options.rows} shows {count} real faces, and the test set has {len(real)}: "
            "give fewer rows."
        )

    from labs.analysis import portable
    from labs.analysis.trained import restored

    model = restored(lab, run, options.checkpoint, precision="float32").model
    painted = lab.task.painted(model, count, options.seed)
    picture = beside(real, painted, lab.task.images.shape, options.rows)
    path = Path(options.out)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    print(f"{path}: written, {count} real faces and {count} painted ones")
    if options.generator:
        portable.network(model.get_layer(lab.task.generator)).save(options.generator)
        print(f"{options.generator}: written, the generator as a Keras model")


if __name__ == "__main__":
    main()
