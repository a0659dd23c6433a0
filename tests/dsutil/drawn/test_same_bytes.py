"""What is drawn is the same where the processor has fewer instructions."""

import json

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__ as DISPATCHED

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
