"""The table of denoisers, against OpenCV; of a run of two iterations on few faces."""

import json
import re

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


@pytest.fixture
def few_settings(monkeypatch):
    settings = {"strength": (10, 30), "patch": (5,), "window": (11,)}
    monkeypatch.setitem(denoisers.FILTERS, "non-local means", (denoisers.non_local_means, settings))


def test_a_filter_gets_the_setting_that_opencv_s_ratio_is_best_with():
    pictures = faces.draw(0, 20)[0].reshape(-1, 48, 48)
    noisy = np.asarray(denoising.lab.task.seen(pictures.reshape(20, -1))).reshape(-1, 48, 48)
    best = denoisers.tuned(denoisers.median, {"side": (3, 5, 7)}, pictures, noisy)
    ratios = {
        side: np.mean(
            [cv2.PSNR(p, cv2.medianBlur(n, side)) for p, n in zip(pictures, noisy, strict=True)]
        )
        for side in (3, 5, 7)
    }
    assert best == {"side": max(ratios, key=ratios.get)}


@pytest.mark.usefixtures("few_settings")
def test_the_table_has_opencv_s_ratios_on_what_the_network_is_shown(run, said_by, tmp_path):
    code, out, _ = said_by(denoisers, run, "--out", tmp_path)
    assert code in (0, None)
    pictures = faces.draw(100, 20)[0].reshape(-1, 48, 48)
    noisy = np.asarray(denoising.lab.task.seen(pictures.reshape(20, -1))).reshape(-1, 48, 48)
    for name, clean in (("none", lambda n: n), ("median filter", lambda n: cv2.medianBlur(n, 3))):
        expected = np.mean([cv2.PSNR(p, clean(n)) for p, n in zip(pictures, noisy, strict=True)])
        (found,) = re.findall(rf"^{name} .* ([\d.]+)$", out, re.M)
        assert float(found) == pytest.approx(expected, abs=0.006)
    assert re.search(r"^denoising .* \d+\.\d\d$", out, re.M)
    assert (tmp_path / "denoisers.md").read_text().count("\n") == 6
    assert (tmp_path / "denoisers.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("few_settings")
def test_the_network_s_ratio_is_that_of_what_predict_answers(run, said_by, tmp_path):
    _, out, _ = said_by(denoisers, run, "--out", tmp_path)
    (found,) = re.findall(r"^denoising .* ([\d.]+)$", out, re.M)
    _, said, _ = said_by(predict, run, "--data", "others", "--rows", "0:20", "--json")
    errors = [picture["error"] for picture in json.loads(said)["pictures"]]
    expected = np.mean(20 * np.log10(255 / 256 / np.sqrt(errors)))
    assert float(found) == pytest.approx(expected, abs=0.02)  # of bytes, which are rounded


@pytest.mark.usefixtures("few_settings")
@pytest.mark.parametrize("words", [(), ("--noisy",)], ids=["clean", "noisy"])
def test_photographs_are_drawn(run, said_by, tmp_path, words):
    photograph = tmp_path / "face.png"
    (face,) = faces.draw(3, 1)[0].reshape(-1, 48, 48)
    Image.fromarray(face).resize((200, 200)).save(photograph)
    code, *_ = said_by(denoisers, run, photograph, "--no-detect", *words, "--out", tmp_path)
    assert code in (0, None)
    columns = 4 if words else 5  # the picture without noise is known of clean ones only
    width, height = Image.open(tmp_path / "denoisers.png").size
    assert width / height == pytest.approx(2 * columns / 2.4, rel=0.01)


def test_a_picture_without_a_face_is_one_sentence(run, said_by, tmp_path):
    path = tmp_path / "grey.png"
    Image.new("L", (200, 200), 128).save(path)
    code, _, err = said_by(denoisers, run, path, "--out", tmp_path)
    assert code == 2
    assert "cannot be used" in err
    assert err.count("\n") == 1


def test_a_run_of_another_question_is_one_sentence(trained_runs, said_by):
    code, _, err = said_by(denoisers, trained_runs / "nn4/r")
    assert code == 2
    assert "takes noise off" in err
    assert err.count("\n") == 1
