"""painting: a trained generator's faces beside real ones, and the generator as a file."""

import keras
import numpy as np
import pytest
from PIL import Image

from dsutil.binary import pair_paths, write_pair
from dsutil.drawn import faces
from labs.autoencoders import frechet, gan, painting


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run of gan, of one iteration on 40 faces."""
    here = tmp_path_factory.mktemp("painting")
    write_pair(*pair_paths(here, "few"), [faces.draw(0, 40)])
    words = ["--train", "few", "--test", "few", "--databases", here, "--logs", here, "--run", "1"]
    words += ["--iterations", 1, "--summaries", "curves", "--precision", "float32"]
    with pytest.raises(SystemExit) as exit_:
        gan.lab.main([str(word) for word in words])
    assert exit_.value.code == 0
    return here / "gan" / "1"


def test_fewer_real_faces_than_asked_for_are_one_sentence(run, said_by, tmp_path):
    code, _, error = said_by(painting, run, "--rows", 7, "--out", tmp_path / "faces.png")
    assert code == 2
    assert error == (
        "error: --rows 7 shows 49 real faces, and the test set has 40: give fewer rows.\n"
    )


def test_real_faces_stand_left_and_painted_ones_right(run, said_by, tmp_path):
    path, file = tmp_path / "faces.png", tmp_path / "generator.keras"
    code, out, _ = said_by(painting, run, "--rows", 3, "--out", path, "--generator", file)
    assert not code
    assert "9 real faces and 9 painted ones" in out
    picture = np.asarray(Image.open(path))
    assert picture.shape == (3 * 96 + 2 * 2, 2 * (3 * 96 + 2 * 2) + 48)
    real = np.fromfile(run.parents[1] / "data_few.bin", np.uint8).reshape(-1, 48, 48)
    np.testing.assert_array_equal(picture[0:96:2, 98:194:2], real[1])
    z = np.random.default_rng(1).standard_normal((9, 64), np.float32)
    y = keras.saving.load_model(file)(z).numpy()
    last = np.rint(np.clip(y[8] * 256 + 128, 0, 255)).reshape(48, 48)
    np.testing.assert_allclose(picture[-96::2, -96::2], last, atol=1)


def test_a_file_of_another_kind_is_refused(run, said_by):
    code, _, error = said_by(painting, run, "--generator", "generator.h5")
    assert code == 2
    assert error == "error: generator.h5: expected a name that ends in .keras.\n"


def test_faces_of_the_run_s_own_sets_are_read(run):
    found = frechet.faces(frechet.known(run, type(gan.lab.task)), "test", None, 7)
    assert found.shape == (7, 2304)
