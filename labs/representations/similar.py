"""similar: what a network learned of many drawn faces, for few other drawn ones.

The other half of what `transfer` asks: new data that are similar to the old ones. nn5 learns from
100,000 drawn faces, then from 50, 200 and 1,000 that were drawn after those. The lecture's
guideline for this case: freeze all convolutions, and train the last layers.

    python -m labs.representations.similar
    python -m labs.representations.similar --from logs/nn5/1
"""

from dsutil import databases
from dsutil.binary import write_pair
from dsutil.drawn import faces
from labs.nn5 import lab
from labs.representations.transfer import guideline

FIRST, COUNT = 100_000, 1_000  # of the stream whose faces before these are 100k
NAME = "next1k"


def prepare(folder):
    """Draws the new faces where they are missing; in a folder of other faces, it is refused."""
    databases.find(folder, lab.train_set, columns=lab.task.columns)
    paths = [column.path(folder, NAME) for column in lab.task.columns]
    if not all(path.exists() for path in paths):
        write_pair(*paths, [faces.draw(FIRST, COUNT)])


study = guideline("similar", __doc__, NAME, "test10k", prepare, of="new drawn faces")

if __name__ == "__main__":
    study.main()
