"""What one pass over a data set yields, against scikit-learn and NumPy."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from dsutil import DataSet, Images, InputError
from dsutil.binary import pair_paths, write_columns
from labs import nn4
from labs.tasks import COURSE, Reconstruction
from labs.training import evaluation
from labs.training.evaluation import evaluate
from labs.training.step import Steps


def steps_of(network, **parts):
    """The `Steps` that measure a Keras model, with a lab's `parts`: nn4's unless told."""
    nn4_s = {"loss": nn4.loss, "reduction": "mean", "task": COURSE, "test_time_flip": False}
    parts = nn4_s | parts
    strategy = tf.distribute.get_strategy()
    trained = SimpleNamespace(model=network, optimizer=keras.optimizers.SGD(), strategy=strategy)
    return Steps(trained, SimpleNamespace(**parts))


def classifier(kernel):
    """A network whose scores are logarithms of probabilities."""
    x = keras.Input((2304,))
    layer = keras.layers.Dense(2, "log_softmax")
    network = keras.Model(x, layer(x))
    layer.kernel.assign(kernel)
    return network


@pytest.fixture(scope="module")
def case(faces):
    """A data set, the network's evaluation on it, and what it asked for on the way."""
    dataset = DataSet(*pair_paths(faces, "tiny"))
    kernel = np.random.default_rng(3).normal(0, 0.1, (2304, 2)).astype(np.float32)
    network = classifier(kernel)
    steps = steps_of(network)
    told = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluation, "EVALUATION_BATCH", 16)  # of 50: three whole ones and a rest
        found = evaluate(dataset, COURSE, steps.measure, told.append)
    return SimpleNamespace(dataset=dataset, network=network, kernel=kernel, told=told, found=found)


def test_each_image_is_looked_at_once_and_said_before(case):
    assert case.told == [16, 16, 16, 2]
    assert len(case.found.losses) == case.dataset.count
    assert np.array_equal(case.found.truths[0], case.dataset.labels)


def test_accuracy_loss_and_confusion_are_scikit_learn_s(case):
    found, labels = case.found, case.dataset.labels.argmax(axis=1)
    x = (case.dataset.images.astype(float) - 128) / 256
    powers = np.exp(x @ case.kernel)
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    answers = probabilities.argmax(axis=1)
    assert found.headline == found.numbers["accuracy"] == accuracy_score(labels, answers)
    assert found.headline == case.dataset.mean_accuracy(case.network)
    assert found.loss == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    assert found.measured["probabilities"] == pytest.approx(probabilities, abs=1e-5)
    matrix = COURSE.confusion(found.measured, found.truths).matrix
    assert np.array_equal(matrix, confusion_matrix(labels, answers))


def test_the_size_of_its_batches_changes_no_number(case):
    whole = evaluate(case.dataset, COURSE, steps_of(case.network).measure)
    assert whole.numbers == case.found.numbers
    assert whole.losses == pytest.approx(case.found.losses, rel=1e-6)


def test_a_task_without_truths_is_evaluated_by_its_images(tmp_path):
    columns = (Images((2, 2)),)
    images = np.random.default_rng(0).integers(0, 256, (20, 2, 2), np.uint8)
    write_columns([tmp_path / "data_x.bin"], columns, [(images,)])
    x = keras.Input((4,))
    layer = keras.layers.Dense(4, name="code")
    steps = steps_of(
        keras.Model(x, layer(x)),
        loss=lambda y, x: tf.reduce_sum(tf.square(y - x), axis=1),
        task=(task := Reconstruction("code", columns[0])),
    )
    found = evaluate(DataSet(tmp_path / "data_x.bin", columns=columns), task, steps.measure)
    pixels = (images.reshape(20, 4) - 128.0) / 256
    errors = np.mean((pixels @ layer.kernel.numpy() - pixels) ** 2, axis=1)
    assert found.truths == ()
    assert found.measured["error"] == pytest.approx(errors, rel=1e-4)
    assert found.numbers == pytest.approx({"error": errors.mean()}, rel=1e-4)
    assert found.loss == pytest.approx(4 * errors.mean(), rel=1e-4)


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_no_answer_is_one_sentence(score, faces):
    dataset = DataSet(*pair_paths(faces, "tiny"))
    byte = dataset.images[7, 0]
    rows = np.flatnonzero(dataset.images[:, 0] == byte)

    def measure(images, truths):
        scores = np.where(images[:, :1] == byte, score, [[1.0, 0.0]])
        found = COURSE.details(scores, *truths, answer=scores)
        return np.zeros(len(images)), found | {"accuracy": COURSE.measure(scores, *truths)}

    with pytest.raises(InputError) as told:
        evaluate(dataset, COURSE, measure)
    assert f"no answer for {len(rows)} of 50 images, first for row {rows[0]}" in str(told.value)
    assert "data_tiny.bin" in str(told.value)
