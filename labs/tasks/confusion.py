"""What was answered for what: the confusion matrix, and accuracy, precision and recall."""

import math

import numpy as np


class Confusion:
    """How answers and labels go together.

    Args:
        labels, answers: the class of each image, (n,) whole numbers, and the one that was answered.
        classes: their names.

    Attributes:
        classes: as above.
        matrix: (classes, classes) int64, how many images of the row's class were answered the
            column's.
        accuracy: share of right answers.
        precision: for each class, the share of right answers among those that say it; NaN where
            none does.
        recall: for each class, the share of right answers among its images; NaN where it has none.
    """

    def __init__(self, labels, answers, classes):
        self.classes = classes
        self.matrix = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(self.matrix, (labels, answers), 1)
        right = self.matrix.diagonal()
        self.accuracy = float(right.sum() / self.matrix.sum())
        with np.errstate(invalid="ignore"):
            self.precision = (right / self.matrix.sum(axis=0)).tolist()
            self.recall = (right / self.matrix.sum(axis=1)).tolist()

    def lines(self):
        """The matrix as lines of text, recall at its right side and precision below it."""
        heads = [f"answered {name}" for name in self.classes]
        left = max(10, *(len(name) + 2 for name in self.classes))
        wide = max(16, *(len(head) + 2 for head in heads))
        yield " " * left + "".join(f"{head:>{wide}}" for head in heads) + f"{'recall':>10}"
        for name, row, recall in zip(self.classes, self.matrix, self.recall, strict=True):
            counts = "".join(f"{n:>{wide},}" for n in row)
            yield f"{name:<{left}}{counts}{_share(recall):>10}"
        yield f"{'precision':<{left}}" + "".join(f"{_share(p):>{wide}}" for p in self.precision)

    def table(self):
        """The same for a page: a caption, a header and rows of texts."""
        header = ("", *(f"answered {name}" for name in self.classes), "recall")
        rows = [
            (name, *(f"{n:,}" for n in row), _share(recall))
            for name, row, recall in zip(self.classes, self.matrix, self.recall, strict=True)
        ]
        rows.append(("precision", *map(_share, self.precision), ""))
        caption = "How many images of the row's class were answered the column's"
        return caption, header, rows

    def as_json(self):
        """The same for JSON, which has no NaN: null."""
        shares = {"precision": self.precision, "recall": self.recall}
        return {"accuracy": self.accuracy, "confusion": self.matrix.tolist()} | {
            kind: {
                name: None if math.isnan(share) else share
                for name, share in zip(self.classes, of_classes, strict=True)
            }
            for kind, of_classes in shares.items()
        }


def _share(share):
    return "none" if math.isnan(share) else f"{share:.4f}"
