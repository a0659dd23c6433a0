"""Occlusion: which part of a face decides, by covering one part after another."""

import numpy as np

SQUARE, STRIDE, GREY = 16, 2, 128  # of what covers them: side and step in pixels, and its grey


def occlusion_map(probabilities, image, side, stride):
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


def occluded(trained, images, labels, count):
    """Yields face, title and occlusion map of `count` that are answered right."""
    task = trained.lab.task
    shares = trained.answers(images)
    right = np.flatnonzero(shares.argmax(axis=1) == labels.argmax(axis=1))
    for row in right[task.some((labels[right],), len(right), count)]:
        image, chosen = images[row].reshape(task.images.shape), labels[row] == 1

        def probabilities(covered, chosen=chosen):
            return trained.answers(covered.reshape(len(covered), -1))[:, chosen]

        shown = occlusion_map(probabilities, image, SQUARE, STRIDE)
        yield image, task.caption(image, shares[row]).answer, shown
