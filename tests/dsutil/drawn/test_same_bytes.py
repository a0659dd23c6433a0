"""What is drawn is the same where the processor has fewer instructions."""

import json

import pytest

DIGESTS = """
import hashlib, json
from dsutil.drawn import faces, landmarks, masks, persons, scenes

drawn = [*faces.draw(0, 30), landmarks.draw(0, 30), masks.draw(0, 30)]
drawn += [*persons.draw(0, 30), *scenes.draw(0, 12)]
print(json.dumps([hashlib.sha256(column).hexdigest() for column in drawn]))
"""
DISABLED = {
    "no AVX-512": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    "no AVX2": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3",
}


@pytest.fixture
def digests(run_python):
    def compute(disabled=""):
        ended = run_python("-W", "ignore", "-c", DIGESTS, NPY_DISABLE_CPU_FEATURES=disabled)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return compute


@pytest.mark.parametrize("disabled", DISABLED.values(), ids=DISABLED)
def test_the_bytes_do_not_depend_on_the_processor_s_instructions(digests, disabled):
    assert digests(disabled) == digests()
