"""Event files, read back through TensorBoard's own loader."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import precision_score, recall_score
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.histogram.summary_v2 import histogram_pb

from labs.board.events import EventFile


@pytest.fixture
def file(tmp_path):
    file = EventFile(tmp_path)
    yield file
    file.close()


@pytest.fixture
def read(file, tmp_path):
    """The points of a tag: {step: array}."""

    def points(tag):
        file.flush()
        events = EventAccumulator(str(tmp_path)).Reload().Tensors(tag)
        return {event.step: tf.make_ndarray(event.tensor_proto) for event in events}

    return points


def test_a_scalar_is_a_point_of_its_curve(file, read):
    file.scalar("loss", 3, np.float32(0.5))
    file.scalar("loss", 7, 0.25)
    assert read("loss") == {3: 0.5, 7: 0.25}


def test_a_histogram_has_numpy_s_edges_and_tensorboard_s_counts(file, read):
    values = np.random.default_rng(0).normal(size=(40, 25))
    file.histogram("weights", 1, values)
    buckets = read("weights")[1]  # left edge, right edge, count
    edges = np.linspace(values.min(), values.max(), 31)
    assert buckets[:, 0] == pytest.approx(edges[:-1])
    assert buckets[:, 1] == pytest.approx(edges[1:])
    theirs = tf.make_ndarray(histogram_pb("weights", values).value[0].tensor)
    assert np.array_equal(buckets[:, 2], theirs[:, 2])


def test_a_histogram_of_one_value_is_tensorboard_s(file, read):
    file.histogram("bias", 0, np.full(7, 0.5, np.float32))
    theirs = histogram_pb("bias", np.full(7, 0.5)).value[0].tensor
    assert np.array_equal(read("bias")[0], tf.make_ndarray(theirs))


def test_a_histogram_leaves_out_what_is_not_finite(file, read):
    file.histogram("weights", 1, np.array([1.0, np.nan, 2.0, np.inf]))
    assert read("weights")[1][:, 2].sum() == 2


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        (np.array([1, np.nextafter(np.float32(1), np.float32(2))], np.float32), (1, 1 + 2**-23)),
        (np.array([-3e38, 0, 3e38], np.float32), (-3e38, 3e38)),
        (np.array([1, np.nextafter(1, 2)]), (1, 1 + 2**-52)),
        (np.array(2.5, np.float32), (2.5, 2.5)),
    ],
)
def test_a_histogram_holds_numbers_as_near_and_as_far_as_their_type_has_them(
    values, ends, file, read
):
    file.histogram("weights", 1, values)
    buckets = read("weights")[1]
    assert buckets[0, 0] == pytest.approx(ends[0], rel=1e-7)
    assert buckets[-1, 1] == pytest.approx(ends[1], rel=1e-7)
    assert buckets[:, 2].sum() == values.size


@pytest.mark.parametrize("values", [np.zeros((0, 3)), np.array([np.nan])])
def test_a_histogram_of_nothing_counts_nothing(values, file, read):
    file.histogram("weights", 1, values)
    assert not read("weights")[1][:, 2].any()


def test_what_the_disk_does_not_take_is_an_error_of_the_system(file, tmp_path):
    """TensorFlow's error for a full disk, and for a folder that is gone, is none of Python's."""
    sentence = f"{tmp_path}/events; No space left on device"

    def add_event(_):
        raise tf.errors.ResourceExhaustedError(None, None, sentence)

    file._writer.add_event = add_event
    with pytest.raises(OSError, match="No space left on device") as caught:
        file.scalar("loss", 1, 0.5)
    assert caught.value.filename == str(tmp_path)


def test_a_picture_keeps_every_pixel(file, read):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    file.image("faces", 2, picture)
    width, height, png = read("faces")[2]
    assert (width, height) == (b"7", b"5")
    assert np.array_equal(tf.io.decode_png(png), picture)


def test_the_precision_recall_curve_is_scikit_learn_s(file, read):
    random = np.random.default_rng(0)
    labels = random.random(300) < 0.4
    # In the middle between thresholds, so that no rounding decides.
    probabilities = (
        np.floor(np.clip(labels * 0.3 + random.random(300) * 0.7, 0, 0.99) * 200)
    ) / 200
    probabilities += 1 / 400
    file.pr_curve("women", 4, labels, probabilities)
    *_, precision, recall = read("women/pr_curves")[4]
    for i in range(0, 200, 7):
        says = probabilities >= i / 200
        assert precision[i] == pytest.approx(precision_score(labels, says, zero_division=0))
        assert recall[i] == pytest.approx(recall_score(labels, says))


def test_a_probability_that_is_no_number_has_no_part_in_a_curve(file, read):
    labels, probabilities = np.array([True, False, True]), np.array([0.9, 0.1, np.nan])
    file.pr_curve("women", 1, labels, probabilities)
    file.pr_curve("women", 2, labels[:2], probabilities[:2])
    found = read("women/pr_curves")
    assert np.array_equal(found[1], found[2])


def test_a_later_file_withdraws_what_it_says_anew_of_whatever_kind(file, tmp_path):
    for step in (1, 2, 3):
        file.scalar("loss", step, step)
        file.image("faces", step, np.zeros((2, 2), np.uint8))
        file.text("command", step, "old")
        file.pr_curve("women", step, np.array([True, False]), np.array([0.5, 0.5]))
    file.close()
    (path,) = tmp_path.iterdir()
    path.rename(path.with_name("events.out.tfevents.1"))  # of a process that started before
    later = EventFile(tmp_path, step=3)
    later.scalar("loss", 3, 30)
    later.close()
    loaded = EventAccumulator(str(tmp_path)).Reload()
    assert [event.step for event in loaded.Tensors("loss")] == [1, 2, 3]
    for tag in ("faces", "command", "women/pr_curves"):
        assert [event.step for event in loaded.Tensors(tag)] == [1, 2]
