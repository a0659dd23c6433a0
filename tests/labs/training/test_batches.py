import numpy as np
import pytest

from dsutil import DataSet
from dsutil.binary import pair_paths
from labs.training import batches
from labs.training.batches import Batches


@pytest.fixture
def tiny(faces):
    return DataSet(*pair_paths(faces, "tiny"))


@pytest.fixture(params=["resident", "streamed"])
def where(request, monkeypatch):
    """Runs a test with data on the device, and with data that stream from their file."""
    if request.param == "streamed":
        monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)


def test_each_image_comes_once_an_epoch_also_where_the_batch_does_not_divide_them(tiny):
    rows = Batches(tiny, 16, seed=0).rows(0, 25).ravel()  # 400 rows: 8 epochs of 50
    for epoch in rows.reshape(8, 50):
        assert sorted(epoch) == list(range(50))


def test_each_epoch_has_an_order_of_its_own(tiny):
    epochs = Batches(tiny, 50, seed=0).rows(0, 10)
    assert len({epoch.tobytes() for epoch in epochs}) == 10
    assert not (epochs == np.arange(50)).all(axis=1).any()


def test_the_rows_of_a_step_do_not_depend_on_where_the_reading_began(tiny):
    whole = Batches(tiny, 16, seed=3).rows(0, 40)
    for first in (0, 1, 3, 7, 25, 39):
        assert np.array_equal(Batches(tiny, 16, seed=3).rows(first, 40 - first), whole[first:])


def test_another_seed_gives_another_order(tiny):
    a, b = (Batches(tiny, 16, seed).rows(0, 3) for seed in (0, 1))
    assert not np.array_equal(a, b)


def test_a_batch_may_be_larger_than_the_data_set(tiny):
    rows = Batches(tiny, 128, seed=0).rows(0, 2)
    assert np.bincount(rows[0]).tolist().count(3) == 28  # 128 = 50 + 50 + 28
    assert np.bincount(rows.ravel(), minlength=50).min() == 5


def test_the_order_is_that_of_philox_s_raw_output():
    """Against Philox 4x64-10 written out here (Salmon et al., 2011): it must never change."""

    def philox(counter, key):
        mask, low, high = 2**64 - 1, 0xD2E7470EE14C6C93, 0xCA5A826395121157
        x, k = [counter, 0, 0, 0], list(key)
        for _ in range(10):
            a, b = low * x[0], high * x[2]
            x = [(b >> 64) ^ x[1] ^ k[0], b & mask, (a >> 64) ^ x[3] ^ k[1], a & mask]
            k = [(k[0] + 0x9E3779B97F4A7C15) & mask, (k[1] + 0xBB67AE8584CAA73B) & mask]
        return x

    words = [word for block in range(1, 4) for word in philox(block, (7, 2))][:10]
    expected = sorted(range(10), key=words.__getitem__)
    assert batches.permutation(10, seed=7, epoch=2).tolist() == expected


def test_what_streams_is_read_in_pieces_of_bounded_size(tiny, monkeypatch):
    assert Batches(tiny, 16, seed=0).most_steps > 10**6
    monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    assert Batches(tiny, 16, seed=0).most_steps * 16 * 2304 <= 32 * 2**20
    assert Batches(tiny, 10**6, seed=0).most_steps == 1


def test_the_images_and_labels_are_those_of_the_rows(tiny, where):
    source = Batches(tiny, 16, seed=0)
    rows = source.rows(5, 4)
    images, labels, index = (part.numpy() for part in source.load(5, 4))
    assert index.shape == (4, 16)
    assert np.array_equal(images[index], tiny.images[rows])
    assert np.array_equal(labels[index], tiny.labels[rows])
