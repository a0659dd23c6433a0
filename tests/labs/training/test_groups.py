"""Images that belong together come in the same batch."""

import numpy as np
import pytest

from dsutil import DataSet, InputError
from dsutil.binary import pair_paths
from labs.training import batches
from labs.training.batches import Batches


@pytest.fixture
def tiny(faces):
    """50 images."""
    return DataSet(*pair_paths(faces, "tiny"))


def test_a_batch_has_whole_groups_of_neighbours(tiny):
    for rows in Batches(tiny, 12, seed=0, together=4).rows(0, 20):
        groups = rows.reshape(3, 4)
        assert (groups == groups[:, :1] + np.arange(4)).all()
        assert (groups[:, 0] % 4 == 0).all()


def test_an_epoch_has_each_whole_group_once(tiny):
    rows = Batches(tiny, 4, seed=0, together=4).rows(0, 24)  # two epochs of 12 groups
    for epoch in (rows[:12], rows[12:]):
        assert np.sort(epoch.ravel()).tolist() == list(range(48))
    assert (rows[:12] != rows[12:]).any()


def test_the_groups_of_a_step_follow_from_the_seed_and_the_step(tiny):
    whole = Batches(tiny, 8, seed=3, together=4).rows(0, 30)
    again = Batches(tiny, 8, seed=3, together=4).rows(7, 23)
    assert (again == whole[7:]).all()
    assert (Batches(tiny, 8, seed=4, together=4).rows(0, 30) != whole).any()


def test_data_that_stream_serve_the_same_groups(tiny, monkeypatch):
    resident = Batches(tiny, 8, seed=0, together=4)
    monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(batches, "WINDOW", 20)
    streamed = Batches(tiny, 8, seed=0, together=4)
    for step in range(15):
        expected, found = (
            np.asarray(images)[np.asarray(rows)[0]]
            for images, _, rows in (source.load(step, 1) for source in (resident, streamed))
        )
        assert (found == expected).all()


def test_a_batch_that_would_take_a_group_apart_is_refused(tiny):
    with pytest.raises(InputError, match="multiple of 10, found 16"):
        Batches(tiny, 16, seed=0, together=10)


def test_fewer_images_than_belong_together_are_refused(tiny):
    with pytest.raises(InputError, match="expected at least 60"):
        Batches(tiny, 60, seed=0, together=60)
