"""The answer to labs/exercises/read_pair.py."""

import numpy as np


def read_pair(data_path, label_path):
    images = np.fromfile(data_path, np.uint8).reshape(-1, 2304).astype(np.float32)
    labels = np.fromfile(label_path, "<f4").reshape(-1, 2)
    return images, labels
