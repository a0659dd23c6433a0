"""similar: what a network learned of many drawn faces, for few other drawn ones.

The other half of what `transfer` asks: new data that are similar to the old ones. nn5 learns from
half of 100,000 drawn faces, then from 50 and from 1,000 that were drawn after those. The lecture's
guideline for this case: freeze all convolutions, and train the last layers.

    python -m labs.representations.similar --jobs 2
    python -m labs.representations.similar --from logs/nn5/1
"""

from labs.representations.transfer import guideline

study = guideline(
    "similar",
    __doc__,
    train="next1k",
    test="test10k",
    best="features frozen",
    faces="new drawn faces",
    counts=(50, 1000),
)

if __name__ == "__main__":
    study.main()
