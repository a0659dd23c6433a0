"""python -m labs: what labs there are, and what looks at their runs."""

from labs import catalogue

for name in [*catalogue.names(), *catalogue.tools()]:
    print(catalogue.about(name))
print("Run one with `python -m labs.nn4`; add --help to see its options.")
