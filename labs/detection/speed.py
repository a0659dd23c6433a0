"""speed: how well trained detectors find faces, and how many scenes a second they answer.

Each answers the same scenes of the test set, one at a time as of a camera and many at once, from
bytes to what non-maximum suppression leaves. They take turns, so that whatever else the machine
does hits all alike.

    python -m labs.detection.detection
    python -m labs.detection.two_stage
    python -m labs.detection.speed logs/detection/1 logs/two_stage/1
"""

import statistics
import time

from dsutil.errors import exit_with_sentence
from labs import catalogue
from labs.analysis.tables import markdown
from labs.tasks import Boxes
from labs.training import data_sets
from labs.training.options import Parser, whole

MANY = 64  # scenes at once


def main(arguments=None):
    parser = Parser("python -m labs.detection.speed", __doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="such as logs/detection/1")
    parser.add_argument("--databases", metavar="DIR", help="folder of the data (default: a run's)")
    parser.add_argument(
        "--rounds", type=whole(1), default=15, metavar="N", help="turns of each (default: 15)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        detectors = [Detector(folder, options.databases) for folder in options.runs]
        rates = measured(detectors, options.rounds)
        header = ["run", "AP", "AP50", "scenes a second, one at a time", f"{MANY} at once"]
        rows = [
            [detector.folder, *(f"{ap:.4f}" for ap in detector.precisions())]
            + [f"{scenes:,.0f}" for scenes in of_one]
            for detector, of_one in zip(detectors, rates, strict=True)
        ]
        print(*markdown(header, rows, left=1), sep="\n")


class Detector:
    """A run's network, and the scenes that it was tested on.

    Raises:
        InputError: there is no such run, or no boxes were asked for in it.
    """

    def __init__(self, folder, databases=None):
        run, lab = catalogue.run_asking(folder, Boxes, "finds boxes")
        from labs.analysis.trained import restored

        self.folder, self.task, options = folder, lab.task, run.config["options"]
        folder = databases or options["databases"]
        self.scenes = data_sets.open_one(lab.task, folder, options["test"])
        self.trained = restored(lab, run)

    def found(self, images):
        """What is found in images (n, numbers) uint8, as `Boxes.found` has it, when it is there."""
        return self.task.found(self.trained.answers(images)).numpy()

    def precisions(self):
        """AP and AP50 of boxes, on all of the scenes."""
        numbers = self.trained.evaluate(self.scenes).numbers
        return [numbers.get(f"box {name}", numbers.get(name)) for name in ("AP", "AP50")]


def measured(detectors, rounds):
    """Scenes a second of each detector, the median of its turns: (one at a time, many at once)."""
    images = detectors[0].scenes.read(0, MANY)
    rates = [([], []) for _ in detectors]
    for turn in range(rounds + 1):
        for detector, (alone, together) in zip(detectors, rates, strict=True):
            one_by_one = rate(detector, [images[i : i + 1] for i in range(len(images))])
            at_once = rate(detector, [images])
            if turn:  # the first one builds the graphs
                alone.append(one_by_one)
                together.append(at_once)
    return [tuple(map(statistics.median, of_one)) for of_one in rates]


def rate(detector, batches):
    """Scenes a second."""
    start = time.perf_counter()
    for images in batches:
        detector.found(images)
    return sum(map(len, batches)) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
