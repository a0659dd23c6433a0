"""TensorFlow is imported without words, and without what no lab needs."""

import subprocess
import sys

import pytest

from labs.training import quiet


def test_what_counts_as_not_installed_cannot_be_imported_for_a_while():
    assert "sched" not in sys.modules
    with quiet.not_installed("sched", "json"):
        with pytest.raises(ModuleNotFoundError):
            import sched
        import json  # was imported before, and stays

        assert json.loads("1") == 1
    import sched

    assert sched.scheduler


def test_tensorflow_comes_without_a_word_and_without_large_libraries_that_labs_do_not_use():
    script = """
import sys
from labs.training import quiet
tf, keras = quiet.load_tensorflow()
print(sorted({"matplotlib", "pandas", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[]\n"
