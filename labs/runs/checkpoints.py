"""Save and restore: weights, optimizer slots and the iteration, under the lab's own layer names."""

import collections
import contextlib
import glob
import os
import re
import secrets
import shutil
from pathlib import Path

import tensorflow as tf

from dsutil.binary import digest
from dsutil.errors import InputError
from labs.runs import reason

KEPT = 3
BLOCK = 2**24  # bytes that are copied at once
# What TensorFlow raises over a damaged file, besides its own errors.
UNREADABLE = (AssertionError, IndexError, MemoryError, ValueError)
# Paths in which TensorFlow sees what the system does: no pattern, no folder left by `..` before
# its link was followed, and room for the longer names of its own files.
PLAIN = re.compile(r"(?!.*\.\.)[\w ./:~@%^=+,;!#&'\"()-]{1,3500}")


class Damaged(InputError):
    """A checkpoint is not whole.

    Attributes:
        reason: what was found.
    """

    def __init__(self, path, reason):
        super().__init__(f"{path} is damaged: {reason}")
        self.reason = reason


class Checkpoints:
    """The checkpoints of a run: the newest three, and the best one.

    What is saved is keyed by the variables' paths (`weights/conv_1/kernel`), not by how Keras nests
    its objects, so that a checkpoint outlives changes to Keras and to the lab's code.

    Beside each lies `ckpt-<step>.sha256`, as `sha256sum` writes and checks it. A file that was
    changed since is not opened: TensorFlow ends the process over some such files.

    Args:
        folder: where they lie.
        model, optimizer: what is saved and restored; the weights alone are restored where there is
            no optimizer.
    """

    def __init__(self, folder, model, optimizer=None):
        self.folder = folder
        self._step = tf.Variable(0, dtype=tf.int64)
        self._goes_on = optimizer is not None  # nobody trains on without one
        # Not `model.variables`: the random states among them follow from (seed, step).
        groups = {"weights": numbered(model.weights), "metrics": numbered(_of_metrics(model))}
        if self._goes_on:
            rates = {id(rate) for rate in _learning_rates(optimizer)}  # an option of each command
            kept = [variable for variable in optimizer.variables if id(variable) not in rates]
            groups["optimizer"] = numbered(kept)
        self._groups = groups
        there = {name: variables for name, variables in groups.items() if variables}
        self._checkpoint = tf.train.Checkpoint(step=self._step, **there)
        self._newest = None

    def save(self, step, kept=None):
        """Saves the state after `step` iterations, unless it was restored or saved just before.

        Args:
            kept: the step of the best one, which is kept however old it is.

        Raises:
            InputError: it cannot be written. The checkpoints that there were are whole.
        """
        path = self.folder / f"ckpt-{step}"
        if self._newest != str(path):  # to write over the only whole one would be a risk
            with self._writing(path) as part:
                self._step.assign(step)
                self._write(part / path.name)
                # The index comes last: with it the checkpoint is there, at once and whole.
                for file in sorted(part.glob("ckpt-*.*"), key=lambda file: file.suffix == ".index"):
                    os.replace(file, self.folder / file.name)
            self._newest = str(path)
        # Also where it was there: a process that was killed may not have come to these.
        self._name_newest()
        self._forget_old_ones(kept)

    @contextlib.contextmanager
    def _writing(self, path):
        """A folder for files that are not whole yet; says why, if `path` cannot be written."""
        part = self.folder / ".part"
        try:
            part.mkdir(parents=True, exist_ok=True)
            yield part
        except (tf.errors.OpError, OSError) as error:
            raise InputError(
                f"{path} cannot be written: {reason(error)}. Make room, or give access, then "
                f"go on with --restore. The newest whole checkpoint is {self._newest}."
            ) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _write(self, path):
        if _is_plain(path):
            self._checkpoint.write(str(path))
        else:
            with _in_memory() as prefix:
                self._checkpoint.write(prefix)
                for file in tf.io.gfile.glob(f"{prefix}.*"):
                    place = f"{path}{file.removeprefix(prefix)}"
                    with tf.io.gfile.GFile(file, "rb") as old, open(place, "wb") as new:
                        shutil.copyfileobj(old, new, BLOCK)
        Path(f"{path}.sha256").write_text(_digests(path))

    def _name_newest(self):
        """Writes the file `checkpoint`, for `tf.train.latest_checkpoint`; nothing here reads it."""
        text = f'model_checkpoint_path: "{Path(self._newest).name}"\n'
        file = self.folder / "checkpoint"
        if file.is_file() and file.read_bytes() == text.encode():
            return
        with self._writing(file) as part:
            (part / file.name).write_text(text)
            os.replace(part / file.name, file)

    def _forget_old_ones(self, kept):
        paths = paths_in(self.folder)
        # Those that are newer than what this process saved or restored are damaged: none counts.
        for path in paths[paths.index(self._newest) + KEPT :]:
            if path == str(self.folder / f"ckpt-{kept}"):
                continue
            for file in sorted(self.folder.glob(f"{Path(path).name}.*"), reverse=True):
                file.unlink()  # the index first

    @property
    def newest(self):
        """The path of the newest checkpoint that this process saved or restored, or None."""
        return self._newest

    def restore(self):
        """Restores the newest checkpoint that is whole; returns the number of its iterations.

        One that is damaged is named on the screen and left as it is. Without an optimizer, nothing
        can go on from here, and nothing is written.

        Raises:
            InputError: there is none that is whole, or it is one of another network or optimizer.
        """
        paths = paths_in(self.folder)
        for path in paths:
            try:
                step = self.restore_only(path)
            except Damaged as error:
                print(f"{path} is damaged and is passed over: {error.reason}")
                continue
            if self._goes_on:
                self._name_newest()
            return step
        damaged = f"{len(paths)} checkpoints, all damaged" if paths else "no checkpoint"
        raise InputError(f"{self.folder} holds {damaged}: start a new run without --restore.")

    def restore_only(self, path):
        """Restores this checkpoint and no other; returns the number of its iterations.

        Raises:
            Damaged: it is not whole.
            InputError: it is one of another network or optimizer.
        """
        with opened(path) as prefix:
            self._check(path, tf.compat.v1.train.NewCheckpointReader(prefix))
            status = self._checkpoint.read(prefix)
            status.assert_existing_objects_matched()
            status.expect_partial()  # no word about an optimizer that is not wanted
        self._newest = path
        return int(self._step)

    def find(self, name):
        """`found_in` of the run's folder of checkpoints."""
        return found_in(self.folder, name)

    def _check(self, path, reader):
        types = reader.get_variable_to_dtype_map()
        saved = {
            key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE"): f"{types[key].name} {shape}"
            for key, shape in reader.get_variable_to_shape_map().items()
            if key.startswith(tuple(f"{group}/" for group in self._groups))
        }
        ours = {
            f"{group}/{_escaped(name)}": f"{variable.dtype.name} {variable.shape.as_list()}"
            for group, variables in self._groups.items()
            for name, variable in variables.items()
        }
        for name in sorted(saved.keys() | ours.keys(), reverse=True):
            if saved.get(name) != ours.get(name):
                raise InputError(
                    f"{path} is a checkpoint of another network or optimizer: there "
                    f"{name.replace('.S', '/')} is {saved.get(name, 'missing')}, here it is "
                    f"{ours.get(name, 'missing')}. Restore it with the lab as it was, or start a "
                    "new run."
                )


def paths_in(folder):
    """The checkpoints there are, also where only a part of one is left, the newest first."""
    numbers = {
        int(match[1])
        for path in folder.glob("ckpt-*")
        if (match := re.fullmatch(r"ckpt-(\d+)\.(index|data-.*)", path.name))
    }
    return [str(folder / f"ckpt-{number}") for number in sorted(numbers, reverse=True)]


def found_in(folder, name):
    """The path of the checkpoint `name`: ckpt-700, or the path of one or of one of its files.

    Raises:
        InputError: there is none.
    """
    prefix = re.sub(r"\.(index|data-\d+-of-\d+)$", "", name)
    for path in (f"{folder / prefix}", prefix):
        if Path(f"{path}.index").is_file():
            return path
    there = ", ".join(Path(path).name for path in paths_in(folder)) or "none"
    raise InputError(f"There is no checkpoint {name}; {folder} holds: {there}.")


@contextlib.contextmanager
def opened(path):
    """The path from which TensorFlow reads the checkpoint at `path`, which is whole.

    Raises:
        Damaged: it is not, as far as is seen by what is read of it inside.
    """
    try:
        _check_digests(Path(path))
        with _readable(Path(path)) as prefix:
            yield prefix
    except InputError:
        raise
    except (OSError, tf.errors.OpError, *UNREADABLE) as error:
        told = str(error) or type(error).__name__
        raise Damaged(path, told.splitlines()[0]) from None


def _is_plain(path):
    """Whether TensorFlow takes the path as the system does."""
    return PLAIN.fullmatch(str(path)) is not None


@contextlib.contextmanager
def _readable(path):
    """The path from which TensorFlow reads the checkpoint at `path`."""
    if _is_plain(path):
        yield str(path)
        return
    with _in_memory() as prefix:
        for file in _files(path):
            place = f"{prefix}{file.name.removeprefix(path.name)}"
            with open(file, "rb") as old, tf.io.gfile.GFile(place, "wb") as new:
                shutil.copyfileobj(old, new, BLOCK)
        yield prefix


@contextlib.contextmanager
def _in_memory():
    """A path for a checkpoint in TensorFlow's file system in memory; it is gone at the end."""
    folder = f"ram://{secrets.token_hex(8)}"
    tf.io.gfile.makedirs(folder)
    try:
        yield f"{folder}/ckpt"
    finally:
        tf.io.gfile.rmtree(folder)


def _files(path):
    """The files of a checkpoint, the index first."""
    return [Path(f"{path}.index"), *sorted(path.parent.glob(f"{glob.escape(path.name)}.data-*"))]


def _digests(path):
    """The lines of `sha256sum` for a checkpoint's files."""
    return "".join(f"{digest(file)}  {file.name}\n" for file in _files(path))


def _check_digests(path):
    record = Path(f"{path}.sha256")
    # The first runs have none; TensorFlow's own sums find what is damaged by accident.
    if record.exists() and record.read_bytes() != _digests(path).encode():
        raise ValueError(f"it is not what {record.name} says that was saved")


def _of_metrics(model):
    """The variables of the metrics that layers keep: `model.weights` has all others."""
    variables = [variable for layer in model.layers for variable in layer.metrics_variables]
    return list({id(variable): variable for variable in variables}.values())


def _learning_rates(optimizer):
    """The variables that hold it, those of optimizers in the optimizer too."""
    inside = [getattr(optimizer, "inner_optimizer", None)]  # of a `LossScaleOptimizer`
    inside += getattr(optimizer, "optimizers", [])  # of a `MultiOptimizer`
    yield optimizer._learning_rate
    for part in filter(None, inside):
        yield from _learning_rates(part)


def numbered(variables):
    """The variables by their paths; of the same path the second is `path/2`, and so on.

    Keras gives some twice: to layers of one name in different models, to Adafactor's placeholders.
    """
    met = collections.Counter()
    by_path = {}
    for variable in variables:
        met[variable.path] += 1
        number = met[variable.path]
        by_path[variable.path + (f"/{number}" if number > 1 else "")] = variable.value
    return by_path


def _escaped(name):
    """A name as TensorFlow writes it into a checkpoint."""
    return name.replace(".", "..").replace("/", ".S")
