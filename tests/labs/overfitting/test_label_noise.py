"""The data sets with wrong labels."""

import numpy as np
import pytest

from dsutil.binary import pair_paths, write_pair
from labs.overfitting import label_noise

COUNT = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with 2000 images as the data set 10k, and those that were made of it."""
    return prepared(tmp_path_factory.mktemp("noise"))


def prepared(folder):
    random = np.random.default_rng(3)
    images = random.integers(0, 256, (COUNT, 2304), np.uint8)
    labels = np.eye(2, dtype=np.float32)[random.integers(0, 2, COUNT)]
    write_pair(*pair_paths(folder, "10k"), [(images, labels)])
    label_noise.prepare(folder)
    return folder


def labels(folder, name):
    return np.fromfile(pair_paths(folder, name)[1], np.float32).reshape(-1, 2)


@pytest.mark.parametrize("share", label_noise.SHARES[1:])
def test_the_share_of_labels_in_its_name_is_wrong(folder, share):
    right, noisy = labels(folder, "10k"), labels(folder, f"10k_wrong{share}")
    wrong = np.any(noisy != right, axis=1)
    deviation = np.sqrt(COUNT * share / 100 * (1 - share / 100))
    assert abs(wrong.sum() - COUNT * share / 100) < 4 * deviation
    np.testing.assert_array_equal(noisy[wrong], 1 - right[wrong])


@pytest.mark.parametrize("share", label_noise.SHARES[1:])
def test_wrong_labels_fall_on_both_classes_alike(folder, share):
    right, noisy = labels(folder, "10k"), labels(folder, f"10k_wrong{share}")
    for of_class in (right[:, 0] == 1, right[:, 1] == 1):
        wrong = np.mean(noisy[of_class] != right[of_class])
        assert wrong == pytest.approx(share / 100, abs=4 * np.sqrt(0.25 / of_class.sum()))


@pytest.mark.parametrize("share", label_noise.SHARES[1:])
def test_the_images_are_the_same(folder, share):
    images, noisy = (pair_paths(folder, name)[0] for name in ("10k", f"10k_wrong{share}"))
    assert noisy.read_bytes() == images.read_bytes()


def test_no_other_data_sets_are_made(folder):
    names = ["10k", *(f"10k_wrong{share}" for share in (10, 20, 30, 40))]
    expected = {path.name for name in names for path in pair_paths(folder, name)}
    assert {path.name for path in folder.glob("*.bin")} == expected


def test_a_data_set_that_is_there_stays_as_it_is(folder):
    files = {path: path.stat() for path in folder.glob("*.bin")}
    label_noise.prepare(folder)
    for path, before in files.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_same_labels_are_wrong_each_time(folder, tmp_path):
    prepared(tmp_path)
    for share in label_noise.SHARES[1:]:
        name = f"10k_wrong{share}"
        np.testing.assert_array_equal(labels(tmp_path, name), labels(folder, name))
