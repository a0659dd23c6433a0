"""The table of denoisers, against OpenCV; of a run of two iterations on few faces."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from dsutil.binary import pair_paths, write_pair
from dsutil.drawn import faces
from labs import predict
from labs.autoencoders import denoisers, denoising


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run on 40 faces, tested on 20 others."""
    folder = tmp_path_factory.mktemp("noisy")
    for name, first, count in (("some", 0, 40), ("others", 100, 20)):
        write_pair(*pair_paths(folder, name), [faces.draw(first, count)])
    words = ["--databases", folder, "--train", "some", "--test", "others", "--run", "r"]
    words += ["--logs", folder / "logs", "--iterations", 2, "--precision", "float32"]
    with pytest.raises(SystemExit) as exit_:
        denoising.lab.main([str(word) for word in [*words, "--summaries", "curves"]])
    assert exit_.value.code == 0
    return folder / "logs/denoising/r"


@pytest.fixture(scope="module")
def few_settings():
    settings = {"strength": (10, 30), "patch": (5,), "window": (11,)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(denoisers.FILTERS, "non-local means", (denoisers.non_local_means, settings))
        yield


@pytest.fixture(scope="module")
def compared(run, few_settings):
    return denoisers.Compared(run)


@pytest.fixture
def pictures():
    """The test set, and as the network is shown it: (20, 48, 48) uint8 each."""
    images = faces.draw(100, 20)[0]
    noisy = np.asarray(denoising.lab.task.seen(images))
    return images.reshape(-1, 48, 48), noisy.reshape(-1, 48, 48)


def test_a_filter_gets_the_setting_that_opencv_s_ratio_is_best_with(pictures):
    best = denoisers.tuned(denoisers.median, {"side": (3, 5, 7)}, *pictures)
    ratios = {
        side: np.mean(
            [cv2.PSNR(p, cv2.medianBlur(n, side)) for p, n in zip(*pictures, strict=True)]
        )
        for side in (3, 5, 7)
    }
    assert best == {"side": max(ratios, key=ratios.get)}


def test_the_table_has_opencv_s_ratios_on_what_the_network_is_shown(compared, pictures):
    rows = {name: (setting, float(found)) for name, setting, found in compared.rows()}
    assert list(rows) == ["none", "median filter", "non-local means", "denoising"]
    side = int(rows["median filter"][0].removeprefix("side "))
    for name, clean in (
        ("none", lambda n: n),
        ("median filter", lambda n: cv2.medianBlur(n, side)),
    ):
        expected = np.mean([cv2.PSNR(p, clean(n)) for p, n in zip(*pictures, strict=True)])
        assert rows[name][1] == pytest.approx(expected, abs=0.006)


def test_the_network_s_ratio_is_that_of_what_predict_answers(run, compared, said_by):
    *_, found = compared.rows()[-1]
    _, said, _ = said_by(predict, run, "--data", "others", "--rows", "0:20", "--json")
    errors = [picture["error"] for picture in json.loads(said)["pictures"]]
    expected = np.mean(20 * np.log10(255 / 256 / np.sqrt(errors)))
    assert float(found) == pytest.approx(expected, abs=0.02)  # of bytes, which are rounded


def test_the_picture_has_a_column_for_each_and_the_truth_where_that_is_known(compared, pictures):
    titles = [axes.get_title() for axes in compared.draw(pictures[0][:2]).axes]
    assert titles == ["picture", "noisy", "median filter", "non-local means", "denoising"]
    figure = compared.draw(pictures[1][:2], as_they_are=True)
    assert [axes.get_title() for axes in figure.axes] == titles[1:]
    shown = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown[::3, ::3], pictures[1][:2].reshape(96, 48))


@pytest.mark.usefixtures("few_settings")
def test_the_command_writes_the_table_and_draws_photographs(run, said_by, tmp_path):
    photograph = tmp_path / "face.png"
    Image.fromarray(faces.draw(3, 1)[0].reshape(48, 48)).resize((200, 200)).save(photograph)
    code, out, _ = said_by(denoisers, run, photograph, "--no-detect", "--out", tmp_path)
    assert code in (0, None)
    assert "PSNR in dB" in out
    assert (tmp_path / "denoisers.md").read_text().count("\n") == 6
    assert (tmp_path / "denoisers.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_without_a_face_is_one_sentence(run, said_by, tmp_path):
    path = tmp_path / "grey.png"
    Image.new("L", (200, 200), 128).save(path)
    code, _, err = said_by(denoisers, run, path, "--out", tmp_path)
    assert code == 2
    assert err == f"error: {path}: no face: none was found in the picture\n"


def test_noisy_photographs_without_a_photograph_are_refused(run, said_by):
    code, _, err = said_by(denoisers, run, "--noisy")
    assert code == 2
    assert "--noisy is about photographs" in err
    assert err.count("\n") == 1


def test_a_run_of_another_question_is_one_sentence(trained_runs, said_by):
    code, _, err = said_by(denoisers, trained_runs / "nn4/r")
    assert code == 2
    assert "takes noise off" in err
    assert err.count("\n") == 1
