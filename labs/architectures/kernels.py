"""kernels: what the slide's fixed filters make of a face, or of a photograph.

Identity, edge detection, sharpen, box blur, Gaussian blur, and Sobel's two: a convolutional layer
has filters like these, but learns which.

    python -m labs.architectures.kernels
    python -m labs.architectures.kernels --picture photo.jpg --out pictures
"""

from pathlib import Path

import numpy as np

from dsutil.drawn import faces
from dsutil.errors import InputError, exit_with_sentence
from labs.analysis import plots
from labs.training.options import Parser, whole

KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge detection": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box blur": np.ones((3, 3)) / 9,
    "Gaussian blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "Sobel x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel y": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
}
SIGNED = ("edge detection", "Sobel x", "Sobel y")  # 0, where nothing changes, is shown as grey


def filtered(picture, kernel):
    """What a filter makes of a picture: each pixel the sum of those around it times its weights.

    This is what a convolutional layer computes: unlike a mathematician's convolution it does not
    turn the kernel round. Beyond its border the picture goes on as in a mirror.

    Args:
        picture: (height, width), at least 2 a side.
        kernel: (sides, sides), an odd number of them.

    Returns:
        (height, width) float64.
    """
    height, width = picture.shape
    reach = len(kernel) // 2
    mirrored = np.pad(picture.astype(np.float64), reach, mode="reflect")
    y = np.zeros((height, width))
    for i, row in enumerate(kernel):
        for j, weight in enumerate(row):
            y += weight * mirrored[i : i + height, j : j + width]
    return y


def opened(path):
    """A picture file's grey values, (height, width) uint8.

    Raises:
        InputError: it is no picture, or a very small one.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("L"))
    except (OSError, UnidentifiedImageError) as error:
        raise InputError(f"{path}: expected a picture, such as a PNG or JPEG file.") from error
    if min(picture.shape) < 3:
        raise InputError(f"{path}: expected a picture of at least 3x3 pixels.")
    return picture


def draw(picture):
    """The figure: the picture, and what each kernel makes of it."""
    figure, panels = plots.figure(panels=len(KERNELS))
    figure.set_size_inches(2.2 * len(KERNELS), 3.3)
    for axes, (name, kernel) in zip(panels, KERNELS.items(), strict=True):
        low, high = (-255, 255) if name in SIGNED else (0, 255)
        axes.imshow(filtered(picture, kernel), "gray", vmin=low, vmax=high)
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, size=15)
        axes.set_xlabel(in_words(kernel), size=13, family="monospace")
    return figure


def in_words(kernel):
    """A kernel in three lines, with the factor that its numbers share."""
    divisor = next((d for d in (1, 9, 16) if np.allclose(kernel * d, np.round(kernel * d))), 1)
    rows = ["".join(f"{number:3.0f}" for number in row) for row in kernel * divisor]
    return "\n".join([*rows, f"/ {divisor}" if divisor > 1 else ""])


def main(arguments=None):
    parser = Parser("python -m labs.architectures.kernels", __doc__)
    parser.add_argument(
        "--picture", metavar="FILE", help="a photograph (default: a face that is drawn)"
    )
    parser.add_argument(
        "--face", type=whole(0), default=0, metavar="N", help="which one (default: 0)"
    )
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of kernels.png (default: logs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        if options.picture:
            picture = opened(options.picture)
        else:
            picture = faces.draw(options.face, 1)[0].reshape(48, 48)
        path = Path(options.out, "kernels.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        plots.save(draw(picture), path)
        print(f"{path}: written")


if __name__ == "__main__":
    main()
