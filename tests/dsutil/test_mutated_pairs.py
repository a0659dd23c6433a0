"""Whatever the bytes of a pair are: it is read as they say, or refused with a sentence."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated

from dsutil import DataSet, InputError
from dsutil.__main__ import main

IMAGES = bytes(range(256)) * 27  # three
LABELS = struct.pack("<6f", 1, 0, 0, 1, 1, 0)
TIMES = pytest.mark.parametrize("times", [100, pytest.param(10_000, marks=pytest.mark.slow)])


def sound(images, labels):
    """The format, in words of its own."""
    count, rest = divmod(len(images), 2304)
    if rest or not count or len(labels) != 8 * count:
        return False
    return all(pair in ((0, 1), (1, 0)) for pair in struct.iter_unpack("<2f", labels))


@TIMES
def test_a_mutated_pair_is_what_its_bytes_say_or_is_refused(times, tmp_path, capsys):
    data, gender = tmp_path / "data_x.bin", tmp_path / "gender_x.bin"
    one = st.one_of(st.just(IMAGES), mutated(IMAGES), st.binary(max_size=50).map(IMAGES.__add__))
    other = st.one_of(st.just(LABELS), mutated(LABELS))

    @settings(
        max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(one, other, st.booleans())
    def check(images, labels, swapped):
        if swapped:
            images, labels = labels, images
        data.write_bytes(images)
        gender.write_bytes(labels)
        if sound(images, labels):
            dataset = DataSet(data, gender)
            assert dataset.read(0, dataset.count).tobytes() == images
            assert dataset.labels.tobytes() == labels
            assert len(dataset.take(np.arange(dataset.count)[::-1])) == dataset.count
        else:
            with pytest.raises(InputError, match=r"_x\.bin"):
                DataSet(data, gender)
        assert main(["info", str(data)]) == (0 if sound(images, labels) else 1)
        said = capsys.readouterr().out
        assert len(said.splitlines()) == 1
        assert ("NOT SOUND" in said) != sound(images, labels)

    check()
