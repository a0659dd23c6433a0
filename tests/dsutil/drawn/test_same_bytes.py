"""What is drawn is the same where the processor has fewer instructions."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__ as DISPATCHED

import dsutil

DIGESTS = """
import hashlib, json
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from dsutil.drawn import adding, faces, groups, landmarks, masks, persons, scenes

drawn = [*faces.draw(0, 30), landmarks.draw(0, 30), masks.draw(0, 30)]
drawn += [*persons.draw(0, 30), *scenes.draw(0, 12), *groups.draw(0, 6), *adding.draw(0, 50)]
used = [feature for feature in __cpu_dispatch__ if __cpu_features__[feature]]
print(json.dumps([used, [hashlib.sha256(column).hexdigest() for column in drawn]]))
"""
# Newer NumPy has names for levels of instructions: X86_V4 is the one with AVX-512.
AVX_512 = [name for name in DISPATCHED if "AVX512" in name or name == "X86_V4"]
DISABLED = {"AVX-512": AVX_512, "all that may be missing": DISPATCHED}


@pytest.fixture
def used_and_digests(run_python):
    def compute(disabled=()):
        ended = run_python(
            "-W", "ignore", "-c", DIGESTS, NPY_DISABLE_CPU_FEATURES=" ".join(disabled)
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return compute


@pytest.mark.parametrize("disabled", DISABLED.values(), ids=DISABLED)
def test_the_bytes_do_not_depend_on_the_processor_s_instructions(used_and_digests, disabled):
    _, usual = used_and_digests()
    used, digests = used_and_digests(disabled)
    assert not set(used) & set(disabled)
    assert digests == usual


@pytest.mark.slow
def test_the_bytes_are_those_of_the_oldest_numpy(used_and_digests, tmp_path):
    """That of pyproject.toml, in an environment of its own, or the oldest that this Python has."""
    python = tmp_path / "oldest" / ("Scripts" if os.name == "nt" else "bin") / "python"
    venv.create(tmp_path / "oldest", with_pip=True)
    oldest = "numpy==2.0.0" if sys.version_info < (3, 13) else "numpy==2.1.0"
    install = [python, "-m", "pip", "install", "-q", oldest, "pillow", "tqdm"]
    installed = subprocess.run(install, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"{oldest} cannot be installed here: {installed.stderr.strip()[-200:]}")
    code = f"import numpy; assert numpy.__version__ == {oldest[7:]!r}\n{DIGESTS}"
    environment = {**os.environ, "PYTHONPATH": str(Path(dsutil.__file__).parents[1])}
    ended = subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)[1] == used_and_digests()[1]
