"""Only the chief has the run that is begun from; each other worker has a copy."""

import json

import pytest
import tensorflow as tf

from dsutil import InputError
from labs.runs import copies, saved


class Chief:
    """One of two workers; what it says is heard by `Other`."""

    chief, count = True, 2

    def of_chief(self, value):
        self.said = json.loads(json.dumps(value))
        return value


class Other:
    chief, count = False, 2

    def __init__(self, chief, scratch):
        self.of_the_chief, self.scratch = chief, scratch

    def of_chief(self, value):
        return self.of_the_chief.said


@pytest.mark.parametrize("checkpoint", [None, "ckpt-5"])
def test_each_worker_begins_with_the_weights_of_the_chief_s_run(trained_runs, tmp_path, checkpoint):
    place = trained_runs / "nn3" / "r"
    if checkpoint:
        place = place / "checkpoints" / checkpoint
    chief = Chief()
    own, name = copies.source(chief, str(place))
    copy, same_name = copies.source(Other(chief, tmp_path), str(place))
    assert name == same_name == checkpoint
    assert tmp_path in copy.path.parents
    path, expected = saved.weights(own.checkpoints, name)
    copied, found = saved.weights(copy.checkpoints, name)
    assert path.endswith(checkpoint or "ckpt-10")
    assert copied.endswith(checkpoint or "ckpt-10")
    assert {k: v.tobytes() for k, v in found.items()} == {
        k: v.tobytes() for k, v in expected.items()
    }


def test_a_run_s_weights_are_read_as_tensorflow_reads_them(trained_runs):
    folder = trained_runs / "nn4" / "r" / "checkpoints"
    path, found = saved.weights(folder)
    reader = tf.train.load_checkpoint(path)
    keys = [key for key in reader.get_variable_to_shape_map() if key.startswith("weights/")]
    assert len(keys) == len(found) == 8
    for key in keys:
        name = key.split("/")[1].replace(".S", "/")
        assert found[name].tobytes() == reader.get_tensor(key).tobytes()


def test_a_folder_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no checkpoint: there are no weights to begin with"):
        saved.weights(tmp_path)
    assert copies.source(Chief(), "") is None
