"""python -m labs: what labs there are."""

import ast
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("nn*.py")):
    print(ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))).splitlines()[0])
print("Run one with `python -m labs.nn4`; add --help to see its options.")
