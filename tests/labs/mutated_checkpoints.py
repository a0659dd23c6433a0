"""Restores a checkpoint whose files were mutated, so many times. Argument: how many times.

In a process of its own, since a reader that fails may take its process with it.
"""

import contextlib
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

import keras
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated

from dsutil import InputError
from labs.runs.checkpoints import Checkpoints

folder = Path(tempfile.mkdtemp())
x = keras.Input((4,))
model = keras.Model(x, keras.layers.Dense(2)(x))
optimizer = keras.optimizers.Adam()
optimizer.build(model.trainable_variables)
checkpoints = Checkpoints(folder / "good", model, optimizer)
checkpoints.save(7)
CONTENT = {path.name: path.read_bytes() for path in (folder / "good").iterdir()}
STATE = [variable.numpy().tobytes() for variable in model.variables]
outcomes = {"restored": 0, "refused": 0}


@settings(
    max_examples=int(sys.argv[1]),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.fixed_dictionaries({name: st.none() | mutated(CONTENT[name]) for name in CONTENT}),
    st.sets(st.sampled_from(sorted(CONTENT))),
    st.booleans(),
)
def check(changed, missing, without_record):
    bad = folder / "bad"
    shutil.rmtree(bad, ignore_errors=True)
    bad.mkdir()
    for name, content in CONTENT.items():
        if not (name in missing or (without_record and name.endswith(".sha256"))):
            (bad / name).write_bytes(content if changed[name] is None else changed[name])
    for variable in model.variables:
        variable.assign(variable * 0 - 1)
    refused = None
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            step = Checkpoints(bad, model, optimizer).restore()
    except InputError as error:
        refused = f"{said.getvalue()}{error}"
    outcomes["refused" if refused else "restored"] += 1
    if refused:
        assert re.fullmatch(r"(.* is passed over: .+\n)?.* holds (1|no) checkpoint.*", refused)
    else:
        assert step == 7
        assert [variable.numpy().tobytes() for variable in model.variables] == STATE


check()
shutil.rmtree(folder)
print(outcomes)
assert all(outcomes.values())
