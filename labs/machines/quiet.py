"""TensorFlow without the lines about the machine that it writes, and what it loads for nothing."""

import contextlib
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from dsutil.errors import InputError
from labs.machines import deferred

_announced = False


def announce(text, file=None):
    """Says what the seconds are for that TensorFlow takes to load: once, and not if it is loaded.

    Args:
        text: what to say.
        file: where, such as `sys.stderr`; standard output if None.
    """
    global _announced
    if not _announced and not deferred.is_loaded("tensorflow"):
        _announced = True
        print(text, file=file, flush=True)


@contextlib.contextmanager
def held_back_stderr():
    """Holds back what is written to standard error, by C++ too; shows it only after an error.

    Not after an `InputError`, which says all there is to say in its sentence.
    """
    _open_stderr()
    with tempfile.TemporaryFile() as held:
        _flush_stderr()
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except InputError:
            raise
        except Exception:  # not Ctrl-C, which is no error
            _flush_stderr()
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            _flush_stderr()
            os.dup2(saved, 2)
            os.close(saved)


def _flush_stderr():
    with contextlib.suppress(AttributeError):  # whatever a notebook has put there
        sys.stderr.flush()


def _open_stderr():
    """Opens standard error where it is closed: to nowhere.

    The next file that is opened would get its descriptor, and in it all that C++ says.
    """
    try:
        os.fstat(2)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != 2:
            os.dup2(nowhere, 2)
            os.close(nowhere)
    if sys.stderr is None or getattr(sys.stderr, "closed", False):
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)


@contextlib.contextmanager
def not_installed(*modules):
    """Lets the import of these fail for a while, as if they were not installed."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def load_tensorflow():
    """Imports TensorFlow and finds the devices, without its dozen lines about missing GPUs.

    They are written before TensorFlow reads its log level. `TF_CPP_MIN_LOG_LEVEL=0` shows them.
    Keras would import matplotlib for galleries, pandas for tables and scikit-learn for wrappers,
    where they are installed: a fifth of the time to a lab's first iteration, and no lab has these.
    A program that wants `keras.visualization` or `keras.wrappers` imports Keras first.

    Raises:
        InputError: Keras cannot be configured, or computes with something else already.
    """
    if _is_terminal(sys.stderr):
        announce("loading TensorFlow", sys.stderr)
    deferred.load_from_now_on()
    wanted = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    shown = contextlib.nullcontext() if wanted else held_back_stderr()
    with shown, not_installed("matplotlib", "pandas", "sklearn"):
        with _configuration_told():
            import keras
        _configure(keras)
        import tensorflow as tf

        tf.config.list_physical_devices()
    return tf, keras


def _is_terminal(stream):
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no stream, a notebook's, or a closed one
        return False


def _configure(keras):
    """Sets what the labs rely on, whatever keras.json or the program says.

    Raises:
        InputError: Keras was loaded with another backend, before `labs` chose one.
    """
    if keras.config.backend() != "tensorflow":
        raise InputError(
            f"Keras was loaded with the backend {keras.config.backend()!r}, and the labs compute "
            "with TensorFlow: import labs before keras, or set KERAS_BACKEND=tensorflow."
        )
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    # Keras asks a variable of TensorFlow for its numbers as NumPy 1 wanted it: no lab can help it.
    old = "__array__ implementation doesn't accept a copy"
    warnings.filterwarnings("ignore", old, DeprecationWarning)


@contextlib.contextmanager
def _configuration_told():
    """Turns what Keras says about keras.json and its variables, when it loads, into a sentence."""
    try:
        yield
    except Exception as error:
        raised_in = traceback.extract_tb(error.__traceback__)[-1].filename
        if Path(raised_in).parts[-3:] != ("src", "backend", "config.py"):
            raise
        home = os.environ.get("KERAS_HOME", "~/.keras")
        said = " ".join(str(error).split()).removesuffix(".")
        raise InputError(
            f"Keras cannot be configured: {said}. Correct {Path(home, 'keras.json')} or remove it, "
            "and look at the variables whose names begin with KERAS_."
        ) from None
