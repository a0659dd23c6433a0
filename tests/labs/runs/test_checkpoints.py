"""Damaged checkpoints are named and passed over."""

import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import optimizers

from dsutil import InputError
from labs import nn2
from labs.runs.checkpoints import Checkpoints, Damaged

SAVED = ("--iterations", 20, "--summary-every", 10, "--evaluate-every", 10)


def truncate(checkpoint):
    data = checkpoint.with_name(checkpoint.name + ".data-00000-of-00001")
    os.truncate(data, data.stat().st_size // 2)


def empty(checkpoint):
    os.truncate(checkpoint.with_name(checkpoint.name + ".data-00000-of-00001"), 0)


def flip_a_byte(checkpoint):
    data = checkpoint.with_name(checkpoint.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)


def flip_a_byte_of_the_index(checkpoint):
    index = checkpoint.with_suffix(".index")
    content = bytearray(index.read_bytes())
    content[len(content) // 3] ^= 1
    index.write_bytes(content)


def empty_the_index(checkpoint):
    os.truncate(checkpoint.with_suffix(".index"), 0)


def lose_the_index(checkpoint):
    checkpoint.with_suffix(".index").unlink()


def lose_the_data(checkpoint):
    checkpoint.with_name(checkpoint.name + ".data-00000-of-00001").unlink()


def change_what_is_recorded_of_it(checkpoint):
    record = checkpoint.with_suffix(".sha256")
    record.write_text(record.read_text().translate(str.maketrans("01", "10")))


DAMAGES = pytest.mark.parametrize(
    "damage",
    [
        truncate,
        empty,
        flip_a_byte,
        flip_a_byte_of_the_index,
        empty_the_index,
        lose_the_index,
        lose_the_data,
        change_what_is_recorded_of_it,
    ],
)


@DAMAGES
def test_the_checkpoint_before_a_damaged_one_is_restored(damage, run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    damage(checkpoints / "ckpt-20")
    capsys.readouterr()
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    said = capsys.readouterr().out
    assert "ckpt-20 is damaged and is passed over" in said
    assert "ckpt-10: restored, 10 iterations done" in said


@pytest.mark.slow
@DAMAGES
def test_where_all_are_damaged_it_says_so_and_touches_nothing(damage, run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    for number in (0, 10, 20):
        damage(checkpoints / f"ckpt-{number}")
    before = {path: path.read_bytes() for path in checkpoints.iterdir()}
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 2
    assert "3 checkpoints, all damaged" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in checkpoints.iterdir()} == before


def test_whole_checkpoints_are_kept_however_many_damaged_ones_are_newer(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    for number in (30, 40, 50):
        (checkpoints / f"ckpt-{number}.index").write_bytes(b"")
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    there = {path.stem for path in checkpoints.glob("ckpt-*.index")}
    assert there == {"ckpt-10", "ckpt-20", "ckpt-21", "ckpt-30", "ckpt-40", "ckpt-50"}


def test_a_lost_list_of_checkpoints_is_not_needed(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    (tmp_path / "nn2/r/checkpoints/checkpoint").unlink()
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    assert "ckpt-20: restored" in capsys.readouterr().out


def test_a_checkpoint_is_not_there_before_all_its_files_are(run_lab, monkeypatch):
    placed = []

    def replace(old, new, real=os.replace):
        placed.append(Path(new).name)
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    run_lab(nn2, "--run", "r", "--iterations", 1)
    files = [name for name in placed if name.startswith("ckpt-0.")]
    assert sorted(files) == ["ckpt-0.data-00000-of-00001", "ckpt-0.index", "ckpt-0.sha256"]
    assert files[-1] == "ckpt-0.index"


def test_a_run_without_checkpoints_cannot_go_on(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    shutil.rmtree(tmp_path / "nn2/r/checkpoints")
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 2
    assert "holds no checkpoint" in capsys.readouterr().err


# ------------------------------------------------------------- without a lab: a small network's own


def small(network=lambda x: keras.layers.Dense(2, name="fc")(x), optimizer=optimizers.Adam):
    """A model from 4 numbers, built as in a new process, and its optimizer."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    x = keras.Input((4,))
    model = keras.Model(x, network(x), name="small")
    optimizer = optimizer(0.1)
    optimizer.build(model.trainable_variables)
    return model, optimizer


def saved(folder, *steps):
    """Checkpoints of those steps, as a run leaves them."""
    checkpoints = Checkpoints(folder, *small())
    for step in steps:
        checkpoints.save(step)
    return folder


def newest(folder):
    return Path(tf.train.latest_checkpoint(str(folder))).name


def forget_its_name(folder):
    """As a process leaves it that was killed between the two renames."""
    (folder / "checkpoint").write_text('model_checkpoint_path: "ckpt-10"\n')


def lose_the_list(folder):
    (folder / "checkpoint").unlink()


def empty_the_list(folder):
    (folder / "checkpoint").write_bytes(b"")


STALE = pytest.mark.parametrize("stale", [forget_its_name, lose_the_list, empty_the_list])


@STALE
def test_tensorflow_finds_the_newest_after_a_restore(stale, tmp_path):
    stale(saved(tmp_path, 10, 20))
    assert Checkpoints(tmp_path, *small()).restore() == 20
    assert newest(tmp_path) == "ckpt-20"


@STALE
def test_tensorflow_finds_the_one_before_a_damaged_one_after_a_restore(stale, tmp_path):
    flip_a_byte(saved(tmp_path, 5, 10, 20) / "ckpt-20")
    stale(tmp_path)
    assert Checkpoints(tmp_path, *small()).restore() == 10
    assert newest(tmp_path) == "ckpt-10"


@STALE
def test_tensorflow_finds_the_newest_after_a_save_that_had_nothing_to_do(stale, tmp_path):
    checkpoints = Checkpoints(saved(tmp_path, 10, 20), *small())
    checkpoints.restore()
    stale(tmp_path)
    checkpoints.save(20)
    assert newest(tmp_path) == "ckpt-20"


def test_tensorflow_finds_the_newest_of_a_run_with_nothing_left_to_train(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", *SAVED)
    forget_its_name(tmp_path / "nn2/r/checkpoints")
    assert run_lab(nn2, "--run", "r", "--restore") == 0
    assert newest(tmp_path / "nn2/r/checkpoints") == "ckpt-20"


def entries(folder):
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.iterdir()}


@STALE
def test_who_only_reads_weights_changes_nothing(stale, tmp_path):
    flip_a_byte(saved(tmp_path, 10, 20, 30) / "ckpt-30")
    stale(tmp_path)
    before = entries(tmp_path), tmp_path.stat().st_mtime_ns
    model, _ = small()
    assert Checkpoints(tmp_path, model).restore() == 20
    assert (entries(tmp_path), tmp_path.stat().st_mtime_ns) == before


def test_a_restore_that_finds_the_list_right_writes_nothing(tmp_path):
    before = entries(saved(tmp_path, 10, 20)), tmp_path.stat().st_mtime_ns
    Checkpoints(tmp_path, *small()).restore()
    assert (entries(tmp_path), tmp_path.stat().st_mtime_ns) == before


# ------------------------------------------------------------------------------- what is saved


OPTIMIZERS = {
    "SGD": optimizers.SGD,
    "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "weight decay": lambda rate: optimizers.SGD(rate, weight_decay=0.01),
    "RMSprop": optimizers.RMSprop,
    "centered": lambda rate: optimizers.RMSprop(rate, centered=True, momentum=0.5),
    "Adam": optimizers.Adam,
    "amsgrad": lambda rate: optimizers.Adam(rate, amsgrad=True),
    "clipnorm": lambda rate: optimizers.Adam(rate, clipnorm=0.01),
    "AdamW": optimizers.AdamW,
    "Adadelta": optimizers.Adadelta,
    "Adagrad": optimizers.Adagrad,
    "Adamax": optimizers.Adamax,
    "Adafactor": optimizers.Adafactor,
    "Nadam": optimizers.Nadam,
    "Ftrl": optimizers.Ftrl,
    "Lion": optimizers.Lion,
    "Lamb": optimizers.Lamb,
    "loss scale": lambda rate: optimizers.LossScaleOptimizer(
        optimizers.Adam(rate), dynamic_growth_steps=2
    ),
    "average": lambda rate: optimizers.SGD(
        rate, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3
    ),
    "accumulation": lambda rate: optimizers.Adam(rate, gradient_accumulation_steps=2),
    "schedule": lambda rate: optimizers.SGD(optimizers.schedules.ExponentialDecay(rate, 1, 0.5)),
}
# Those that some versions of Keras do not have.
OPTIMIZERS |= {
    name: getattr(optimizers, name)
    for name in ("Muon", "ScheduleFreeAdamW")
    if hasattr(optimizers, name)
}


def train(model, optimizer, steps):
    """Trains on numbers that follow from the step, as a run does."""
    for step in steps:
        x = np.random.default_rng(step).normal(size=(8, 4)).astype(np.float32)
        with tf.GradientTape() as tape:
            loss = optimizer.scale_loss(tf.reduce_mean(model(x, training=True) ** 2))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)


def bytes_of(variables):
    return [np.asarray(keras.ops.convert_to_numpy(variable)).tobytes() for variable in variables]


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_goes_on_to_the_bit_with_each_optimizer_of_keras(optimizer, tmp_path):
    def network(x):
        x = keras.layers.Dense(3, "tanh", name="fc_1")(x)
        return keras.layers.Dense(2, name="fc_2")(x)

    undisturbed = small(network, optimizer)
    train(*undisturbed, range(6))
    first = small(network, optimizer)
    train(*first, range(3))
    Checkpoints(tmp_path, *first).save(3)
    second = small(network, optimizer)
    assert Checkpoints(tmp_path, *second).restore() == 3
    train(*second, range(3, 6))
    for whole, parts in zip(undisturbed, second, strict=True):
        assert bytes_of(whole.variables) == bytes_of(parts.variables)


class Stateful(keras.layers.Layer):
    """Has state of each kind that a layer can have, under names that Keras uses otherwise."""

    def build(self, shape):
        kinds = {
            "learning_rate": ((), "float32", True),
            "seed_generator_state": ((2,), "uint32", False),
            "counter": ((), "int64", False),
            "seen": ((shape[-1],), "bool", False),
            "half": ((2, 3), "bfloat16", False),
        }
        for name, (size, dtype, trainable) in kinds.items():
            self.add_weight(
                shape=size, dtype=dtype, trainable=trainable, name=name, initializer="zeros"
            )
        self.mean = keras.metrics.Mean(name="mean")
        self.other_mean = keras.metrics.Mean(name="mean")
        self.noise = keras.layers.Dropout(0.5, name="dropout_of_learning_rate")

    def call(self, x, training=False):
        return self.noise(x, training=training)


def stateful(x):
    x = Stateful(name="seed_generator_state")(x)
    return keras.layers.Dense(2, name="learning_rate")(x)


def test_the_state_of_layers_and_their_metrics_is_kept_whatever_they_are_called(tmp_path):
    def kept(model):
        return model.weights + model.layers[1].mean.variables + model.layers[1].other_mean.variables

    model, optimizer = small(stateful)
    assert len(kept(model)) == 5 + 2 + 2 * 2  # the layer's, the dense one's, the metrics'
    for number, variable in enumerate(kept(model), 1):
        variable.assign(np.full(variable.shape, number))
    Checkpoints(tmp_path, model, optimizer).save(1)
    restored, optimizer = small(stateful)
    Checkpoints(tmp_path, restored, optimizer).restore()
    assert bytes_of(kept(restored)) == bytes_of(kept(model))


def test_the_learning_rate_and_random_states_follow_from_the_options_and_are_not_kept(tmp_path):
    def network(x):
        return keras.layers.Dense(2, name="fc")(keras.layers.Dropout(0.5)(x))

    def scaled(rate):
        return optimizers.LossScaleOptimizer(optimizers.SGD(rate))

    Checkpoints(tmp_path, *small(network, scaled)).save(1)
    names = tf.train.load_checkpoint(str(tmp_path / "ckpt-1")).get_variable_to_shape_map()
    kept = {name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE") for name in names}
    assert kept == {
        "_CHECKPOINTABLE_OBJECT_GRAPH",
        "step",
        "weights/fc.Skernel",
        "weights/fc.Sbias",
        "optimizer/loss_scale_optimizer.Siteration",
        "optimizer/loss_scale_optimizer.Sstep_counter",
        "optimizer/loss_scale_optimizer.Sdynamic_scale",
        "optimizer/sgd.Siteration",
    }


def test_layers_of_one_name_in_different_models_keep_their_own_weights(tmp_path):
    def network(x):
        for _ in range(2):
            inside = keras.Input((4,))
            x = keras.Model(inside, keras.layers.Dense(4, name="fc")(inside))(x)
        return x

    model, optimizer = small(network)
    wanted = [np.full(weight.shape, i, np.float32) for i, weight in enumerate(model.weights)]
    model.set_weights(wanted)
    Checkpoints(tmp_path, model, optimizer).save(1)
    restored, optimizer = small(network)
    Checkpoints(tmp_path, restored, optimizer).restore()
    for found, expected in zip(restored.get_weights(), wanted, strict=True):
        assert np.array_equal(found, expected)


def test_a_variable_of_another_type_is_another_network_and_no_damage(tmp_path):
    saved(tmp_path, 1)
    other = small(lambda x: keras.layers.Dense(2, name="fc", dtype="float64")(x))
    with pytest.raises(InputError, match=r"fc/kernel is float32 \[4, 2\], here it is float64"):
        Checkpoints(tmp_path, *other).restore()


def test_an_error_without_a_word_is_named_by_its_kind(tmp_path, monkeypatch):
    def read(self, path):
        raise MemoryError

    saved(tmp_path, 1)
    monkeypatch.setattr(tf.train.Checkpoint, "read", read)
    with pytest.raises(Damaged, match="MemoryError"):
        Checkpoints(tmp_path, *small()).restore_only(str(tmp_path / "ckpt-1"))
