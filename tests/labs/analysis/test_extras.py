"""Libraries that only some tools need."""

import pytest

from dsutil import InputError
from labs.analysis import extras


def test_what_is_missing_is_one_sentence_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(extras.KNOWN, "no_such_library", ("Nothing", "plots"))
    with pytest.raises(InputError) as error:
        extras.need("sklearn", "cv2", "no_such_library")
    assert str(error.value) == (
        "The comparison needs scikit-learn, OpenCV and Nothing: install with `python -m pip "
        "install -e '.[sklearn,photos,plots]'`, then give the same command again."
    )


def test_what_is_there_passes():
    assert extras.need("matplotlib") is None


def test_each_extra_is_one_of_the_project(pytestconfig):
    text = (pytestconfig.rootpath / "pyproject.toml").read_text()
    assert all(f"\n{extra} = [" in text for _, extra in extras.KNOWN.values())
