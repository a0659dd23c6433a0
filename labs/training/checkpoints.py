"""Save and restore: weights, optimizer slots and the iteration, under the lab's own layer names."""

import itertools
import os
import re
import shutil
from pathlib import Path

import tensorflow as tf

from dsutil.binary import digest
from dsutil.errors import InputError
from labs.training.runs import reason

KEPT = 3
# What TensorFlow raises over a damaged file, besides its own errors.
UNREADABLE = (AssertionError, IndexError, MemoryError, ValueError)


class Damaged(InputError):
    """A checkpoint is not whole.

    Attributes:
        reason: what was found.
    """

    def __init__(self, path, reason):
        super().__init__(f"{path} is damaged: {reason}")
        self.reason = reason


class Checkpoints:
    """The checkpoints of a run, the newest three.

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
        # Not kept: the learning rate, an option, and random states, which follow from (seed, step).
        left_out = ("learning_rate", "seed_generator_state")
        self._groups = {"weights": _by_path(model.variables, left_out)}
        if optimizer:
            self._groups["optimizer"] = _by_path(optimizer.variables, left_out)
        self._checkpoint = tf.train.Checkpoint(step=self._step, **self._groups)
        self._newest = None

    def save(self, step):
        """Saves the state after `step` iterations, unless it was restored or saved just before.

        Raises:
            InputError: it cannot be written. The checkpoints that there were are whole.
        """
        path = self.folder / f"ckpt-{step}"
        if self._newest == str(path):
            self._forget_old_ones()  # a process that was killed may not have done so
            return  # to write over the only whole one would be a risk
        self._step.assign(step)
        part = self.folder / ".part"
        try:
            part.mkdir(parents=True, exist_ok=True)
            self._checkpoint.write(str(part / path.name))
            (part / f"{path.name}.sha256").write_text(_digests(part / path.name))
            # The index comes last: with it the checkpoint is there, at once and whole.
            for file in sorted(part.glob("ckpt-*.*"), key=lambda file: file.suffix == ".index"):
                os.replace(file, self.folder / file.name)
            # For `tf.train.latest_checkpoint`; nothing here reads it.
            (part / "checkpoint").write_text(f'model_checkpoint_path: "{path.name}"\n')
            os.replace(part / "checkpoint", self.folder / "checkpoint")
            self._newest = str(path)
            self._forget_old_ones()
        except (tf.errors.OpError, OSError) as error:
            raise InputError(
                f"{path} cannot be written: {reason(error)}. Make room, or give access, then "
                f"go on with --restore. The newest whole checkpoint is {self._newest}."
            ) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _forget_old_ones(self):
        paths = self._paths()
        # Those that are newer than what this process saved or restored are damaged: none counts.
        for path in paths[paths.index(self._newest) + KEPT :]:
            for file in sorted(self.folder.glob(f"{Path(path).name}.*"), reverse=True):
                file.unlink()  # the index first

    @property
    def newest(self):
        """The path of the newest checkpoint that this process saved or restored, or None."""
        return self._newest

    def restore(self):
        """Restores the newest checkpoint that is whole; returns the number of its iterations.

        One that is damaged is named on the screen and left as it is.

        Raises:
            InputError: there is none that is whole, or it is one of another network or optimizer.
        """
        paths = self._paths()
        for path in paths:
            try:
                return self.restore_only(path)
            except Damaged as error:
                print(f"{path} is damaged and is passed over: {error.reason}")
        damaged = f"{len(paths)} checkpoints, all damaged" if paths else "no checkpoint"
        raise InputError(f"{self.folder} holds {damaged}: start a new run without --restore.")

    def restore_only(self, path):
        """Restores this checkpoint and no other; returns the number of its iterations.

        Raises:
            Damaged: it is not whole.
            InputError: it is one of another network or optimizer.
        """
        try:
            _check_digests(Path(path))
            self._check(path)
            status = self._checkpoint.read(path)
            status.assert_existing_objects_matched()
            status.expect_partial()  # no word about an optimizer that is not wanted
        except InputError:
            raise
        except (OSError, tf.errors.OpError, *UNREADABLE) as error:
            raise Damaged(path, str(error).splitlines()[0]) from None
        self._newest = path
        return int(self._step)

    def find(self, name):
        """The path of the checkpoint `name`: ckpt-700, or the path of one or of one of its files.

        Raises:
            InputError: there is none.
        """
        prefix = re.sub(r"\.(index|data-\d+-of-\d+)$", "", name)
        for path in (f"{self.folder / prefix}", prefix):
            if Path(f"{path}.index").is_file():
                return path
        there = ", ".join(Path(path).name for path in self._paths()) or "none"
        raise InputError(f"There is no checkpoint {name}; {self.folder} holds: {there}.")

    def _paths(self):
        """The checkpoints there are, also where only a part of one is left, the newest first."""
        numbers = {
            int(match[1])
            for path in self.folder.glob("ckpt-*")
            if (match := re.fullmatch(r"ckpt-(\d+)\.(index|data-.*)", path.name))
        }
        return [str(self.folder / f"ckpt-{number}") for number in sorted(numbers, reverse=True)]

    def _check(self, path):
        saved = {
            key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE"): shape
            for key, shape in tf.train.load_checkpoint(path).get_variable_to_shape_map().items()
            if key.startswith(tuple(f"{group}/" for group in self._groups))
        }
        ours = {
            f"{group}/{_escaped(name)}": variable.shape.as_list()
            for group, variables in self._groups.items()
            for name, variable in variables.items()
        }
        for name in sorted(saved.keys() | ours.keys(), reverse=True):
            if saved.get(name) != ours.get(name):
                raise InputError(
                    f"{path} is a checkpoint of another network or optimizer: there the shape of "
                    f"{name.replace('.S', '/')} is {saved.get(name, 'none')}, here it is "
                    f"{ours.get(name, 'none')}. Restore it with the lab as it was, or start a new "
                    "run."
                )


def _digests(path):
    """The lines of `sha256sum` for a checkpoint's files."""
    files = [path.with_suffix(".index"), *sorted(path.parent.glob(f"{path.name}.data-*"))]
    return "".join(f"{digest(file)}  {file.name}\n" for file in files)


def _check_digests(path):
    record = path.with_suffix(".sha256")
    # The first runs have none; TensorFlow's own sums find what is damaged by accident.
    if record.exists() and record.read_bytes() != _digests(path).encode():
        raise ValueError(f"it is not what {record.name} says that was saved")


def _by_path(variables, left_out):
    """The variables by their paths; each must have a path of its own."""
    kept = [variable for variable in variables if not variable.path.endswith(left_out)]
    by_path = {variable.path: variable.value for variable in kept}
    if len(by_path) < len(kept):
        paths = sorted(variable.path for variable in kept)
        twice = next(a for a, b in itertools.pairwise(paths) if a == b)
        raise InputError(f"Two layers have a variable {twice!r}: give each layer its own name.")
    return by_path


def _escaped(name):
    """A name as TensorFlow writes it into a checkpoint."""
    return name.replace(".", "..").replace("/", ".S")
