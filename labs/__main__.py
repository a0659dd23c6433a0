"""python -m labs: the lectures' chapters with their labs, and what looks at the labs' runs."""

import itertools

from dsutil.errors import exit_with_sentence
from labs import catalogue

with exit_with_sentence():
    for heading, scripts in itertools.groupby(catalogue.scripts(), catalogue.heading):
        print(heading)
        for script in scripts:
            print(f"    {script.line()}")
    print("Run one with `python -m labs.nn4`; add --help to see its options.")
