"""The weights that a checkpoint holds, read without the network that it is one of."""

import re

import tensorflow as tf

from dsutil.errors import InputError
from labs.runs.checkpoints import Damaged, found_in, opened, paths_in

KEY = re.compile(r"(weights|optimizer)/(.+)/\.ATTRIBUTES/VARIABLE_VALUE")
STEP = "step/.ATTRIBUTES/VARIABLE_VALUE"


def weights(folder, name=None):
    """The weights of a run, as `predict` uses them: where it keeps averages, these.

    Args:
        folder: of the run's checkpoints, a Path.
        name: of one of them; the newest that is whole if None.

    Returns:
        path: of the checkpoint.
        weights: {path of a variable: array}.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if name:
        path = found_in(folder, name)
        return path, _read(path)
    paths = paths_in(folder)
    for path in paths:
        try:
            return path, _read(path)
        except Damaged as error:
            print(f"{path} is damaged and is passed over: {error.reason}")
    damaged = f"{len(paths)} checkpoints, all damaged" if paths else "no checkpoint"
    raise InputError(f"{folder} holds {damaged}: there are no weights to begin with.")


def _read(path):
    with opened(path) as prefix:
        reader = tf.train.load_checkpoint(prefix)
        keys = [key for key in reader.get_variable_to_shape_map() if KEY.fullmatch(key)]
        found = {"weights": {}, "optimizer": {}}
        for key in sorted(keys):
            group, name = KEY.fullmatch(key).groups()
            found[group][_unescaped(name)] = key
        averages = _averages(found) if reader.get_tensor(STEP) else {}
        return {
            variable: reader.get_tensor(averages.get(variable, key))
            for variable, key in found["weights"].items()
        }


def _averages(found):
    """The keys of the averages that Keras's `use_ema` keeps, which are no weights before a step.

    That of `conv_1/kernel` is called `conv_1_kernel_average`.
    """
    kept = {name.rpartition("/")[2]: key for name, key in found["optimizer"].items()}
    names = {variable: f"{variable.replace('/', '_')}_average" for variable in found["weights"]}
    return {variable: kept[name] for variable, name in names.items() if name in kept}


def _unescaped(name):
    """A name that TensorFlow has written into a checkpoint."""
    return re.sub(r"\.([.S])", lambda match: "/" if match[1] == "S" else ".", name)
