"""python -m labs: what labs there are."""

from labs import catalogue

for name in [*catalogue.names(), "predict", "export"]:
    print(catalogue.about(name))
print("Run one with `python -m labs.nn4`; add --help to see its options.")
