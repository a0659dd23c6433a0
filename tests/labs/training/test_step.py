"""One iteration, against the formulas written out in NumPy and against Keras's own training."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil import DataSet, Images, InputError
from dsutil import Points as PointsColumn
from dsutil.binary import pair_paths
from labs import nn2, nn4
from labs.tasks import COURSE, Classification, Denoising, Points, Reconstruction
from labs.training.batches import Batches
from labs.training.step import Steps, scaled


def build(network, optimizer, loss=nn4.loss, reduction="mean", task=COURSE, flip=False):
    keras.utils.set_random_seed(1)
    x = keras.Input((task.images.numbers,))
    model = keras.Model(x, network(x))
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    network = SimpleNamespace(model=model, optimizer=optimizer, strategy=strategy)
    return model, Steps(
        network, SimpleNamespace(loss=loss, reduction=reduction, task=task, test_time_flip=flip)
    )


@pytest.fixture
def source(faces):
    return Batches(DataSet(*pair_paths(faces, "tiny")), 16, seed=0)


def loaded(data):
    """What `Batches.load` returned, as arrays."""
    images, truths, rows = data
    return images.numpy(), [truth.numpy() for truth in truths], rows.numpy()


def test_images_are_scaled_as_the_data_set_scales_them(faces):
    dataset = DataSet(*pair_paths(faces, "tiny"), batch_size=50)
    images, _ = dataset.next_batch()
    assert np.array_equal(scaled(tf.constant(np.array(dataset.images))), images)


def test_with_test_time_flip_an_output_is_the_mean_of_an_image_s_and_its_mirror_image_s(faces):
    model, steps = build(nn4.network, keras.optimizers.SGD(1e-3), flip=True)
    dataset = DataSet(*pair_paths(faces, "tiny"), batch_size=8)
    x, _ = dataset.next_batch()
    mirrored = x.reshape(8, 48, 48)[:, :, ::-1].reshape(8, 2304)
    expected = (model(x) + model(mirrored)) / 2
    np.testing.assert_allclose(steps.outputs(x), expected, rtol=1e-4, atol=1e-5)
    losses, _ = steps.measure(dataset.read(0, 8), dataset.read_truths(0, 8))
    np.testing.assert_allclose(losses, nn4.loss(expected, dataset.labels[:8]), rtol=1e-4, atol=1e-5)


def test_gradient_descent_on_the_sum_of_squares_is_the_formula(source):
    model, steps = build(nn2.network, keras.optimizers.SGD(1e-3), nn2.loss, "sum")
    w1, b1, w2, b2 = (np.float64(v.numpy()) for v in model.trainable_variables)
    images, (labels,), rows = loaded(source.load(0, 1))
    x, t = (images[rows[0]] - 128.0) / 256, labels[rows[0]]
    s = 1 / (1 + np.exp(-(x @ w1 + b1)))
    y = s @ w2 + b2
    dy = 2 * (y - t)
    ds = dy @ w2.T * s * (1 - s)
    updates = [x.T @ ds, ds.sum(0), s.T @ dy, dy.sum(0)]

    losses, measured, *_ = steps.run(*source.load(0, 1), 0)

    assert losses.numpy() == pytest.approx([np.sum((y - t) ** 2)], rel=1e-5)
    assert measured.numpy() == pytest.approx([np.mean(y.argmax(1) == t.argmax(1))])
    for variable, before, gradient in zip(
        model.trainable_variables, (w1, b1, w2, b2), updates, strict=True
    ):
        assert variable.numpy() == pytest.approx(before - 1e-3 * gradient, abs=2e-6)


def test_twenty_iterations_of_nn4_are_keras_s_own(source):
    model, steps = build(nn4.network, keras.optimizers.Adam(1e-3))
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    twin.compile(keras.optimizers.Adam(1e-3), lambda t, y: nn4.loss(y, t))
    data = source.load(0, 20)
    images, (labels,), rows = loaded(data)
    theirs = [
        twin.train_on_batch((images[batch] - 128.0).astype(np.float32) / 256, labels[batch])
        for batch in rows
    ]
    ours, *_ = steps.run(*data, 0)
    assert ours.numpy() == pytest.approx(theirs, rel=2e-3)
    for mine, other in zip(model.trainable_variables, twin.trainable_variables, strict=True):
        assert mine.numpy() == pytest.approx(other.numpy(), abs=2e-3)


def test_how_the_iterations_are_cut_into_calls_changes_no_bit(source):
    def noisy(x):
        t = Layers.unflat(x, 48, 48, 1)
        t = Layers.maxpool(Layers.conv(t, 4, 3), 4)
        t = Layers.BatchNormalizer(4)(t)
        return Layers.fc(Layers.dropout(Layers.flat(t), 0.5), 2, activation="log_softmax")

    results = []
    for calls in ([9], [1] * 9, [4, 5]):
        model, steps = build(noisy, keras.optimizers.Adam(1e-3))
        first = 0
        for size in calls:
            steps.run(*source.load(first, size), first)
            first += size
        results.append([v.numpy().tobytes() for v in model.variables if "seed" not in v.path])
    assert results[0] == results[1] == results[2]


def augmented(x):
    t = Layers.unflat(x, 48, 48, 1)
    t = keras.layers.RandomTranslation(0.2, 0.2)(keras.layers.RandomFlip("horizontal")(t))
    return Layers.flat(t)


@pytest.mark.parametrize("draw", [lambda x: Layers.dropout(x, 0.5), augmented])
def test_what_is_drawn_is_another_at_each_step_and_the_same_again_for_the_same_step(draw, source):
    def network(x):
        return Layers.fc(draw(x), 2, activation="log_softmax")

    _, steps = build(network, keras.optimizers.SGD(1e-30))  # the weights stay as they are
    data = source.load(0, 1)
    at = [float(steps.run(*data, step)[0][0]) for step in (4, 5, 4, 6)]
    assert at[0] == at[2]
    assert len(set(at)) == 3


def test_a_loss_may_use_python_s_if_on_tensors(source):
    def network(x):
        return Layers.fc(x, 2, activation="log_softmax")

    def loss(y, y_desired):
        if tf.reduce_mean(y) > 0:  # never, of logarithms of probabilities
            return tf.zeros_like(y[:, 0])
        return nn4.loss(y, y_desired)

    losses = []
    for one in (loss, nn4.loss):
        _, steps = build(network, keras.optimizers.SGD(1e-2), one)
        losses.append(steps.run(*source.load(0, 4), 0)[0].numpy())
    assert np.array_equal(*losses)


def test_penalties_of_layers_are_part_of_the_loss(source):
    def penalised(x):
        return Layers.fc(x, 2, activation="log_softmax", kernel_regularizer="l2")

    model, steps = build(penalised, keras.optimizers.SGD(1e-3))
    penalty = 0.01 * np.sum(model.trainable_variables[0].numpy() ** 2)
    plain, plain_steps = build(
        lambda x: Layers.fc(x, 2, activation="log_softmax"), keras.optimizers.SGD(1e-3)
    )
    plain.set_weights(model.get_weights())
    data = source.load(0, 1)
    with_penalty, without = (s.run(*data, 0)[0].numpy() for s in (steps, plain_steps))
    assert with_penalty == pytest.approx(without + penalty, rel=1e-5)


def test_weights_that_are_not_finite_are_noticed(source):
    model, steps = build(nn2.network, keras.optimizers.SGD(1e-3), nn2.loss, "sum")
    assert steps.finite()
    model.layers[1].bias.assign(np.full(50, np.nan))
    assert not steps.finite()


# ------------------------------------------------------------------------------ other questions


SMALL = Images((2, 2))
NOSE = PointsColumn("points", ("nose", "chin"), side=2)


def squared(y, y_desired):
    return tf.reduce_sum(tf.square(y - y_desired), axis=1)


def draw(task):
    """Six images of the task, what is true of them, and what outputs for them should be."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (6, 4), np.uint8)
    x = (images - 128.0) / 256
    if isinstance(task, Reconstruction):
        return images, (), x
    if isinstance(task, Points):
        places = random.uniform(0, 2, (6, 2, 2)).astype(np.float32)
        return images, (places,), places.reshape(6, 4) / 2 - 0.5
    labels = np.eye(3, dtype=np.float32)[[0, 1, 2, 1, 0, 1]]
    return images, (labels,), labels


def told_by_formula(task, y, desired):
    """The headline's number of each image, in NumPy."""
    if isinstance(task, Reconstruction):
        return np.mean((y - desired) ** 2, axis=1)
    if isinstance(task, Points):
        return np.linalg.norm(2 * (y - desired).reshape(6, 2, 2), axis=2).mean(axis=1)
    return 1.0 * (y.argmax(axis=1) == desired.argmax(axis=1))


OTHERS = pytest.mark.parametrize(
    "task",
    [
        Classification("age", ("child", "adult", "old"), SMALL),
        Points(NOSE, SMALL),
        Reconstruction("code", SMALL),
    ],
    ids=lambda task: type(task).__name__,
)


@OTHERS
def test_an_iteration_of_any_task_is_the_formula(task):
    images, truths, desired = draw(task)
    (width,) = task.output_shape
    network = keras.layers.Dense(width, name="code")
    model, steps = build(network, keras.optimizers.SGD(0.1), squared, task=task)
    kernel, bias = (variable.numpy() for variable in model.trainable_variables)
    x = (images - 128.0) / 256
    y = x @ kernel + bias
    dy = 2 * (y - desired) / 6

    rows = np.arange(6, dtype=np.int32)[None]
    losses, measured, gradients, _ = steps.run(images, truths, rows, 0)

    assert losses.numpy() == pytest.approx([np.mean(np.sum((y - desired) ** 2, axis=1))], rel=1e-5)
    assert measured.numpy() == pytest.approx([np.mean(told_by_formula(task, y, desired))], rel=1e-5)
    assert gradients[0].numpy() == pytest.approx(x.T @ dy, abs=1e-6)
    assert gradients[1].numpy() == pytest.approx(dy.sum(axis=0), abs=1e-6)
    assert model.trainable_variables[0].numpy() == pytest.approx(kernel - 0.1 * x.T @ dy, abs=1e-6)


@OTHERS
def test_what_is_measured_and_answered_is_the_task_s(task):
    images, truths, desired = draw(task)
    (width,) = task.output_shape
    network = keras.layers.Dense(width, name="code")
    model, steps = build(network, keras.optimizers.SGD(0.1), squared, task=task)
    kernel, bias = (variable.numpy() for variable in model.trainable_variables)
    y = (images - 128.0) / 256 @ kernel + bias
    losses, measured = steps.measure(images, truths)
    assert losses.numpy() == pytest.approx(np.sum((y - desired) ** 2, axis=1), rel=1e-5)
    number = measured[task.headline.name].numpy()
    assert number == pytest.approx(told_by_formula(task, y, desired), rel=1e-5)
    assert steps.outputs((images - 128.0) / 256).numpy() == pytest.approx(y, abs=1e-6)
    expected = np.asarray(task.answer(squared)(tf.constant(y, tf.float32)))
    assert steps.answers(images).numpy() == pytest.approx(expected, abs=1e-4)


@OTHERS
def test_a_network_that_does_not_end_as_the_task_expects_is_one_sentence(task):
    with pytest.raises(InputError, match=r"ends in the shape \(None, 7\), expected") as told:
        build(keras.layers.Dense(7, name="code"), keras.optimizers.SGD(0.1), squared, task=task)
    assert str((None, *task.output_shape)) in str(told.value)
    assert task.output in str(told.value)


def test_wherever_it_does_not_train_the_network_sees_what_the_task_shows_it():
    task = Denoising(images=SMALL, noise=30)
    images, _, clean = draw(task)
    model, steps = build(keras.layers.Dense(4), keras.optimizers.SGD(0.1), squared, task=task)
    kernel, bias = (variable.numpy() for variable in model.trainable_variables)
    noisy = np.asarray(task.seen(images))
    assert (noisy != images).mean() > 0.5
    y = (noisy - 128.0) / 256 @ kernel + bias
    losses, measured = steps.measure(images, ())
    assert losses.numpy() == pytest.approx(np.sum((y - clean) ** 2, axis=1), rel=1e-4)
    assert measured["error"].numpy() == pytest.approx(np.mean((y - clean) ** 2, axis=1), rel=1e-4)
    levels = np.clip(256 * y + 128, 0, 255).reshape(6, 2, 2)
    assert steps.answers(images).numpy() == pytest.approx(levels, abs=1e-3)


def test_in_training_it_sees_the_images_themselves():
    task = Denoising(images=SMALL, noise=30)
    images, _, clean = draw(task)
    model, steps = build(keras.layers.Dense(4), keras.optimizers.SGD(0.1), squared, task=task)
    kernel, bias = (variable.numpy() for variable in model.trainable_variables)
    losses, *_ = steps.run(images, (), np.arange(6, dtype=np.int32)[None], 0)
    y = clean @ kernel + bias
    assert float(losses[0]) == pytest.approx(np.sum((y - clean) ** 2, axis=1).mean(), rel=1e-4)
