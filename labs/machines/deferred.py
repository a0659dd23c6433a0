"""Large libraries that a lab imports at its top, loaded when they are first used.

So a lab's page reads like any other script, and `--help` answers at once.
"""

import importlib
import sys
import types


class _Deferred(types.ModuleType):
    """What stands for a library until somebody asks it for something."""

    def __getattr__(self, name):
        # What looks through all modules, as `inspect` does, asks each for such a name.
        asked = name in ("__path__", "__all__", "__version__") or is_loaded(self.__name__)
        if name.startswith("__") and not asked:
            raise AttributeError(name)
        from labs.machines import quiet

        quiet.load_tensorflow()
        module = importlib.import_module(self.__name__)
        if name == "__all__":  # `from layers import *` takes these names
            return getattr(module, name, [own for own in dir(module) if own[0] != "_"])
        return getattr(module, name)


def defer(*names):
    """Lets `import name` cost nothing for now, unless the library is loaded already."""
    for name in names:
        sys.modules.setdefault(name, _Deferred(name))


def load_from_now_on():
    """Makes `import` load for good what was deferred; what was imported before goes on working."""
    for name in [name for name, module in sys.modules.items() if isinstance(module, _Deferred)]:
        del sys.modules[name]


def is_loaded(name):
    """Whether a library is there in truth."""
    return name in sys.modules and not isinstance(sys.modules[name], _Deferred)
