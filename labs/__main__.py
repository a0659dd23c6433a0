"""python -m labs: what labs there are, and what looks at their runs."""

from dsutil.errors import exit_with_sentence
from labs import catalogue

with exit_with_sentence():
    for script in catalogue.scripts():
        print(script.line())
    print("Run one with `python -m labs.nn4`; add --help to see its options.")
