"""Read a data set: a file of images, and a file of their labels.

The course's data lie in two binary files without a header. An image is 2304 bytes, one for each of
its 48 x 48 pixels, row by row; a label is two little-endian float32, `1 0` or `0 1`. How many
there are follows from the size of the files: read all of them.

Lecture: 000, "nn1: simplest.py".
"""

import numpy as np


def read_pair(data_path, label_path):
    """Reads all images and labels.

    Args:
        data_path: path of the file of images, 2304 bytes each.
        label_path: path of the file of labels, two float32 each.

    Returns:
        images: (n, 2304) float32, grey levels from 0 (black) to 255.
        labels: (n, 2) float32.
    """
    ...
