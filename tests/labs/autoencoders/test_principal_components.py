"""The page that puts an autoencoder beside principal components, against NumPy."""

import re

import numpy as np
import pytest

from dsutil.binary import pair_paths, write_pair
from labs.autoencoders import principal_components


@pytest.fixture
def folder(tmp_path):
    """A folder with the data sets `many` (60 images) and `few` (20)."""
    random = np.random.default_rng(0)
    for name, count in (("many", 60), ("few", 20)):
        images = random.integers(0, 256, (count, 2304), np.uint8)
        labels = np.eye(2, dtype=np.float32)[random.integers(0, 2, count)]
        write_pair(*pair_paths(tmp_path, name), [(images, labels)])
    return tmp_path


def images(folder, name):
    return (np.fromfile(folder / f"data_{name}.bin", np.uint8).reshape(-1, 2304) - 128.0) / 256


def test_the_errors_are_those_of_a_singular_value_decomposition(folder, capsys):
    words = ["--databases", folder, "--train", "many", "--test", "few", "--components", 5]
    principal_components.main([str(word) for word in words])
    found = re.findall(r"error ([\d.]+), test ([\d.]+)", capsys.readouterr().out)
    train, test = images(folder, "many"), images(folder, "few")
    mean = train.mean(axis=0)
    directions = np.linalg.svd(train - mean, full_matrices=False)[2][:5]
    expected = [
        np.mean((x - mean - (x - mean) @ directions.T @ directions) ** 2) for x in (train, test)
    ]
    assert [float(one) for one in found[0]] == pytest.approx(expected, rel=1e-3)


def test_more_components_than_images_are_refused(folder, capsys):
    words = ["--databases", folder, "--train", "few", "--test", "few", "--components", 21]
    with pytest.raises(SystemExit) as exit_:
        principal_components.main([str(word) for word in words])
    assert exit_.value.code == 2
    assert "holds 20 images" in capsys.readouterr().err
