"""TensorFlow without what it writes about the machine, and loads in vain, when it is imported."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def held_back_stderr():
    """Holds back what is written to standard error, by C++ too; shows it only after an error."""
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:  # not Ctrl-C, which is no error
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


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
    """
    wanted = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    shown = contextlib.nullcontext() if wanted else held_back_stderr()
    with shown, not_installed("matplotlib", "pandas", "sklearn"):
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()
    return tf, keras
