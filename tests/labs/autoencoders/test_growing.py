"""growing: what TensorBoard shows of a run, as a picture that moves."""

import json

import numpy as np
import pytest
from PIL import Image, ImageSequence

from labs.analysis import results
from labs.autoencoders import growing
from labs.board.events import EventFile

CONFIG = {
    "format": 2,
    "lab": "gan",
    "precision": "float32",
    "options": {},
    "data": {use: {"sha256": {}} for use in ("train", "test")},
    "task": {"headline": {"name": "told apart"}},
}
FRAMES = {5: 10, 10: 120, 20: 250}  # iteration: level of grey


@pytest.fixture
def run(tmp_path):
    """The folder of a run that shows three pictures."""
    folder = tmp_path / "gan" / "1"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    file = EventFile(folder / "test")
    for step, level in FRAMES.items():
        file.scalar("loss", step, 1.0)
        file.image("painted", step, np.full((8, 12), level, np.uint8))
    file.close()
    return folder


def test_pictures_come_back_as_they_were_shown(run):
    found = results.read_pictures(run / "test", "painted")
    assert {step: picture[3, 4] for step, picture in found.items()} == FRAMES
    assert {picture.shape for picture in found.values()} == {(8, 12)}


def test_what_is_no_picture_is_none(run):
    assert results.read_pictures(run / "test", "loss") == {}
    assert results.read_pictures(run / "test", "nosuch") == {}
    assert results.read_pictures(run / "nosuch", "painted") == {}


def test_the_gif_shows_them_in_their_order_and_stays_at_the_last(run, tmp_path, said_by):
    path = tmp_path / "new" / "faces.gif"
    words = (run, "--out", path, "--shrink", 2, "--milliseconds", 100)
    code, out, _ = said_by(growing, *words)
    assert not code
    assert out == f"{path}: written, 3 pictures, of iterations [5, 10, 20]\n"
    with Image.open(path) as gif:
        frames = [(frame.convert("L").getpixel((1, 1)), frame.info["duration"], frame.size)
                  for frame in ImageSequence.Iterator(gif)]  # fmt: skip
    assert frames == [(10, 100, (6, 4)), (120, 100, (6, 4)), (250, growing.LAST, (6, 4))]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tag", "nosuch"), "shows no pictures called 'nosuch'"),
        (("--out", "faces.png"), "--out faces.png: expected a name that ends in .gif"),
    ],
)
def test_what_cannot_be_is_a_sentence(run, said_by, words, told):
    code, _, error = said_by(growing, run, *words)
    assert code == 2
    assert told in error
    assert error.count("\n") == 1
