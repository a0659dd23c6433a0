"""Libraries that only some tools need."""

import importlib

from dsutil.errors import InputError

# By the name that a program imports: what people call it, and the extra that installs it.
KNOWN = {
    "sklearn": ("scikit-learn", "sklearn"),
    "cv2": ("OpenCV", "photos"),
    "matplotlib": ("matplotlib", "plots"),
}


def need(*modules):
    """Imports libraries, so that what would fail after minutes is refused at once.

    Args:
        modules: names of KNOWN.

    Raises:
        InputError: one of them is missing.
    """
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError:
        *names, last = (KNOWN[module][0] for module in modules)
        named = f"{', '.join(names)} and {last}" if names else last
        extras = ",".join(KNOWN[module][1] for module in modules)
        raise InputError(
            f"The comparison needs {named}: install with `python -m pip install -e "
            f"'.[{extras}]'`, then give the same command again."
        ) from None
