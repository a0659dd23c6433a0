"""A run that is killed again and again, and restored each time, equals the one that never was."""

import json
import os
import random

import pytest
import tensorflow as tf
from killed_training import CALLS
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

# One after another in one folder, so that each process goes on from what the one before left: a
# call, which one of those that an undisturbed run makes, and when.
MOMENTS = [
    ("draw", "first", "before"),
    ("draw", "last", "after"),
    ("replace", "first", "before"),  # of the faces
    ("replace", "first", "after"),
    ("unlink", "first", "before"),
    ("unlink", "first", "after"),
    ("dumps", "first", "before"),  # of config.json
    ("dumps", "first", "after"),
    ("flush", "first", "before"),
    ("weights", "first", "before"),
    ("save", "first", "before"),
    ("save", "first", "after"),  # from here on they restore
    ("steps", "first", "before"),
    ("steps", "first", "after"),
    ("batch", "first", "before"),
    ("batch", "first", "after"),
    ("weights", "first", "after"),
    ("evaluation", "first", "before"),
    ("evaluation", "first", "after"),
    ("flush", "first", "after"),
    ("replace", "middle", "after"),
    ("close", "last", "before"),
    ("close", "last", "after"),
]


def numbers(count):
    """Which call the words stand for, of so many."""
    return {"first": 1, "middle": (count + 1) // 2, "last": count}


def random_moment(choice, calls):
    if choice.random() < 0.4:
        return {"seconds": choice.uniform(0, 1)}
    call = choice.choice(list(calls))
    number, when = choice.randint(1, calls[call]), choice.choice(["before", "after"])
    return {"call": call, "number": number, "when": when}


def content(run):
    """All that a run leaves but times and speeds: states, curves by TensorBoard, and file names."""
    newest = tf.train.latest_checkpoint(str(run / "checkpoints"))
    reader = tf.train.load_checkpoint(newest)
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    found = {name: reader.get_tensor(name).tobytes() for name in names}
    for use in ("train", "validation", "test"):
        curves = EventAccumulator(str(run / use), size_guidance={"tensors": 0}).Reload()
        for tag in set(curves.Tags()["tensors"]) - {"images_per_second"}:
            found[use, tag] = [
                (event.step, event.tensor_proto.SerializeToString())
                for event in curves.Tensors(tag)
            ]
    files = {str(path.relative_to(run)) for path in run.rglob("*")}
    result = json.loads((run / "result.json").read_text())
    found |= {key: result[key] for key in result.keys() - {"images_per_second", "seconds"}}
    found["validation.json"] = (run / "validation.json").read_bytes()
    return found | {"files": {name for name in files if "tfevents" not in name}}


@pytest.fixture(scope="module")
def train(preloaded):
    """Starts or restores a run of the small lab in `folder`; returns its exit code."""

    def train(folder, moment):
        run = folder / "logs/small/r"
        words = ["--databases", folder / "faces", "--logs", folder / "logs", "--run", "r"]
        if any(run.glob("checkpoints/ckpt-*.index")):
            words.append("--restore")
        else:
            words += ["--validation-share", "0.25"]
        code, output = preloaded("killed_training.py", json.dumps(moment), *words)
        assert code in (0, -9), (moment, output)
        return code

    return train


@pytest.fixture(scope="module")
def undisturbed(train, tmp_path_factory):
    """What an undisturbed run leaves, and how often it makes each call."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert train(folder, {"count": str(folder / "calls.json")}) == 0
    return content(folder / "logs/small/r"), json.loads((folder / "calls.json").read_text())


@pytest.mark.slow
def test_a_run_killed_at_each_kind_of_moment_equals_the_undisturbed_one(
    train, undisturbed, tmp_path
):
    whole, calls = undisturbed
    for call, which, when in MOMENTS:
        moment = {"call": call, "number": numbers(calls[call])[which], "when": when}
        assert train(tmp_path, moment) == -9, moment
    assert train(tmp_path, {}) == 0
    assert content(tmp_path / "logs/small/r") == whole


def test_each_kind_of_call_is_made_and_is_a_moment_to_be_killed_at(undisturbed):
    _, calls = undisturbed
    assert all(calls.values()), calls
    moments = {(call, when) for call, _, when in MOMENTS}
    assert moments == {(call, when) for call in CALLS for when in ("before", "after")}


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_killed_early_amid_and_late_equals_the_undisturbed_one(
    call, when, train, undisturbed, tmp_path
):
    whole, calls = undisturbed
    for number in numbers(calls[call]).values():
        train(tmp_path, {"call": call, "number": number, "when": when})
    assert train(tmp_path, {}) == 0
    assert content(tmp_path / "logs/small/r") == whole


@pytest.mark.slow
def test_a_run_killed_at_random_moments_equals_the_undisturbed_one(train, undisturbed, tmp_path):
    whole, calls = undisturbed
    seed = int(os.environ.get("KILLS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"The same moments again: KILLS_SEED={seed}")
    choice = random.Random(seed)
    kills, lives = int(os.environ.get("KILLS") or 12), 0
    while kills:
        lives += 1
        folder = tmp_path / str(lives)
        while kills and train(folder, random_moment(choice, calls)):
            kills -= 1
        assert train(folder, {}) == 0
        assert content(folder / "logs/small/r") == whole
