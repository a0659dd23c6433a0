"""growing: how painted faces come out of the grey, iteration by iteration, as an animated GIF.

TensorBoard shows the grid of faces, painted from the same numbers each time, under Images as
`painted`. This puts what it shows of a run into one picture that moves.

    python -m labs.autoencoders.gan --evaluate-every 200
    python -m labs.autoencoders.growing logs/gan/1 --out faces.gif
    python -m labs.autoencoders.growing logs/autoencoder/1 --tag between --out between.gif
"""

from pathlib import Path

from PIL import Image

from dsutil.errors import InputError, exit_with_sentence
from labs import runs
from labs.analysis import results
from labs.training.options import Parser, whole

LAST = 2000  # milliseconds that the last picture stays


def save(frames, path, milliseconds):
    """Writes pictures (height, width[, 3]) uint8 as an animated GIF that begins again and again."""
    first, *others = map(Image.fromarray, frames)
    times = [milliseconds] * len(others) + [LAST]
    first.save(path, save_all=True, append_images=others, duration=times, loop=0)


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.growing", __doc__)
    parser.add_argument("run", metavar="RUN", help="the run's folder, such as logs/gan/1")
    parser.add_argument("--tag", default="painted", help="the pictures' name (default: painted)")
    parser.add_argument(
        "--shrink", type=whole(1, 16), default=1, metavar="N", help="take every Nth pixel"
    )
    parser.add_argument(
        "--milliseconds", type=whole(10, 10_000), default=300, metavar="N",
        help="how long each picture stays (default: 300)",
    )  # fmt: skip
    parser.add_argument(
        "--out", default="logs/growing.gif", metavar="GIF", help="(default: logs/growing.gif)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        run = runs.existing(options.run)
        found = results.read_pictures(run.path / "test", options.tag)
        if not found:
            raise InputError(
                f"{options.run} shows no pictures called {options.tag!r}: train it with "
                "`--summaries light`, and look up their names in TensorBoard's Images."
            )
        path = Path(options.out)
        if path.suffix != ".gif":
            raise InputError(f"--out {options.out}: expected a name that ends in .gif.")
        path.parent.mkdir(parents=True, exist_ok=True)
        frames = [frame[:: options.shrink, :: options.shrink] for frame in found.values()]
        save(frames, path, options.milliseconds)
        print(f"{path}: written, {len(frames)} pictures, of iterations {list(found)}")


if __name__ == "__main__":
    main()
