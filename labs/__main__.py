"""python -m labs: what labs there are, and what looks at their runs."""

import ast
from pathlib import Path

scripts = [path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("__")]
for script in sorted(scripts, key=lambda path: (not path.name.startswith("nn"), path.name)):
    print(ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))).splitlines()[0])
print("Run one with `python -m labs.nn4`; add --help to see its options.")
