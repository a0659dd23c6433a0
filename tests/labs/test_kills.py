"""A run that is killed again and again, and restored each time, equals the one that never was."""

import json
import random

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

# How often a run of `killed_training.py` calls each of what it can be killed at.
CALLS = {
    "draw": 5,
    "replace": 44,
    "unlink": 22,
    "dumps": 2,
    "save": 10,
    "steps": 28,
    "batch": 20,
    "weights": 21,
    "evaluation": 9,
    "flush": 30,
    "close": 1,
}


def random_moment(choice):
    if choice.random() < 0.4:
        return {"seconds": choice.uniform(0, 1)}
    call = choice.choice(list(CALLS))
    number, when = choice.randint(1, CALLS[call]), choice.choice(["before", "after"])
    return {"call": call, "number": number, "when": when}


def content(run):
    """All that a run leaves but times and speeds: states, curves by TensorBoard, and file names."""
    newest = tf.train.latest_checkpoint(str(run / "checkpoints"))
    reader = tf.train.load_checkpoint(newest)
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    found = {name: reader.get_tensor(name).tobytes() for name in names}
    for use in ("train", "test"):
        curves = EventAccumulator(str(run / use), size_guidance={"tensors": 0}).Reload()
        for tag in set(curves.Tags()["tensors"]) - {"images_per_second"}:
            found[use, tag] = [
                (event.step, event.tensor_proto.SerializeToString())
                for event in curves.Tensors(tag)
            ]
    files = {str(path.relative_to(run)) for path in run.rglob("*")}
    result = json.loads((run / "result.json").read_text())
    found |= {key: result[key] for key in result.keys() - {"images_per_second", "seconds"}}
    return found | {"files": {name for name in files if "tfevents" not in name}}


@pytest.fixture(scope="module")
def train(preloaded):
    """Starts or restores a run of the small lab in `folder`; returns its exit code."""

    def train(folder, moment):
        run = folder / "logs/small/r"
        words = ["--databases", folder / "faces", "--logs", folder / "logs", "--run", "r"]
        if any(run.glob("checkpoints/ckpt-*.index")):
            words.append("--restore")
        code, output = preloaded("killed_training.py", json.dumps(moment), *words)
        assert code in (0, -9), (moment, output)
        return code

    return train


@pytest.fixture(scope="module")
def undisturbed(train, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert train(folder, {}) == 0
    return content(folder / "logs/small/r")


@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_moments_equals_the_undisturbed_one(
    kills, train, undisturbed, tmp_path
):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    choice = random.Random(seed)
    lives = 0
    while kills:
        lives += 1
        folder = tmp_path / str(lives)
        while kills and train(folder, random_moment(choice)):
            kills -= 1
        assert train(folder, {}) == 0
        assert content(folder / "logs/small/r") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_killed_at_each_kind_of_moment_equals_the_undisturbed_one(
    call, when, train, undisturbed, tmp_path
):
    for number in (1, CALLS[call] // 2 or 1, CALLS[call]):
        train(tmp_path, {"call": call, "number": number, "when": when})
    assert train(tmp_path, {}) == 0
    assert content(tmp_path / "logs/small/r") == undisturbed
