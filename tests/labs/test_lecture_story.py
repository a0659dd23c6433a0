"""What the lecture tells holds on the drawn faces, as far as `tests.lessons` has no time for it."""

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA

from dsutil import databases
from dsutil.dataset import normalized
from labs.autoencoders import autoencoder
from labs.detection import localization

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the drawn faces 10k and test10k."""
    folder = tmp_path_factory.mktemp("drawn")
    for name in ("10k", "test10k"):
        databases.draw(folder, name, progress=lambda done: None)
    return folder


def result_of(lab, folder, train):
    """What a run of a lab reaches, with its own settings."""
    words = ["--databases", folder, "--train", train, "--logs", folder, "--run", train]
    with pytest.raises(SystemExit) as exit_:
        lab.main([str(word) for word in words])
    assert exit_.value.code == 0
    return json.loads((folder / lab.name / train / "result.json").read_text())


@pytest.fixture(scope="module")
def of_components(folder):
    """The train and test error of scikit-learn's PCA of 32 components, the linear optimum."""
    train, test = (
        normalized(np.fromfile(folder / f"data_{name}.bin", np.uint8)).reshape(-1, 2304)
        for name in ("10k", "test10k")
    )
    pca = PCA(32, svd_solver="covariance_eigh").fit(train)
    return [np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2) for x in (train, test)]


def test_a_convolutional_autoencoder_has_four_fifths_of_their_error(folder, of_components):
    result = result_of(autoencoder.lab, folder, "10k")
    assert result["test_error"] < 0.8 * of_components[1]


def test_points_are_found_to_within_a_pixel(folder):
    assert result_of(localization.lab, folder, "10k")["test_distance"] < 1.0
