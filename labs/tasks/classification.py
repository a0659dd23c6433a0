"""Which of several classes a picture belongs to."""

import dataclasses

import numpy as np

from dsutil import InputError
from dsutil.columns import FACES, GENDER, Images, OneHot
from labs.tasks import mistakes
from labs.tasks.confusion import Confusion
from labs.tasks.task import Caption, Number, Shown, Task, check_columns


@dataclasses.dataclass(frozen=True)
class Classification(Task):
    """The network scores each class; the answer is a probability for each.

    Args:
        column: the name of the column of labels: `age` is read from `age_<NAME>.bin`, one-hot
            float32.
        classes: their names.
        images: the column of what goes in.

    Example:
        Classification("age", ("child", "adult", "old"), images=Images((32, 32, 3)))
    """

    column: str
    classes: tuple
    images: Images = FACES

    headline = Number("accuracy", higher_is_better=True, is_share=True)

    def __post_init__(self):
        (labels,) = self.truths  # which checks the names of the classes
        object.__setattr__(self, "classes", labels.classes)
        if len(self.classes) < 2:
            raise InputError(f"The classes are {self.classes}: expected two classes or more.")
        check_columns(self)

    @property
    def truths(self):
        return (OneHot(self.column, self.classes),)

    @property
    def output_shape(self):
        return (len(self.classes),)

    @property
    def output(self):
        several = {2: "two", 3: "three", 4: "four"}.get(len(self.classes), len(self.classes))
        return f"a score for each of the {several} classes"

    @property
    def question(self):
        *others, last = self.classes
        return f"Is it {', '.join(others)} or {last}?"

    @property
    def header(self):
        return f"{'answer':<{self._width}}  probability"

    @property
    def _width(self):
        return max(6, *map(len, self.classes))

    def desired(self, x, labels):
        return labels

    def answer(self, loss):
        from labs.tasks import probabilities

        return probabilities.from_scores(loss, len(self.classes))

    def measure(self, y, desired):
        import tensorflow as tf

        return tf.cast(tf.equal(tf.argmax(y, axis=1), tf.argmax(desired, axis=1)), tf.float32)

    def details(self, y, desired, answer):
        import tensorflow as tf

        # Of NaN, and of all the same infinity, none is the highest.
        spread = tf.reduce_max(y, axis=1) - tf.reduce_min(y, axis=1)
        undecided = tf.math.is_nan(spread) | tf.reduce_any(tf.math.is_nan(y), axis=1)
        choice = tf.argmax(y, axis=1)
        return {"choice": choice, "probabilities": answer, "undecided": undecided}

    def undecided(self, measured):
        return measured["undecided"]

    def worst(self, measured, count):
        """The images that are answered wrong, the surest answer first."""
        wrong = np.flatnonzero(measured["accuracy"] == 0)
        sureness = measured["probabilities"][wrong].max(axis=1)
        return wrong[np.argsort(-sureness, kind="stable")[:count]]

    def confusion(self, measured, truths):
        """The `Confusion` of an evaluation."""
        return Confusion(truths[0].argmax(axis=1), measured["choice"], self.classes)

    def shown(self, measured, truths):
        from labs.tasks import drawing

        for i, name in enumerate(self.classes):
            values = truths[0][:, i] == 1, measured["probabilities"][:, i]
            yield Shown("pr_curve", f"precision_recall/{name}", values)
        picture = drawing.confusion(self.confusion(measured, truths).matrix, self.classes)
        yield Shown("image", "confusion_matrix", (picture,), "The darker, the more of its row.")

    def lines(self, measured, truths):
        yield from self.confusion(measured, truths).lines()

    def as_json(self, measured, truths):
        return self.confusion(measured, truths).as_json()

    def table(self, measured, truths):
        return self.confusion(measured, truths).table()

    def why_none(self, answer):
        if not np.isfinite(answer).all():
            return "the network's scores are no numbers"
        if np.ptp(answer) == 0:
            both = "both" if len(self.classes) == 2 else "all"
            return f"the network gives {both} classes the same score"
        return None

    def told(self, image, answer, truth=None):
        caption, best = self.caption(image, answer, truth), int(np.argmax(answer))
        text = f"{self.classes[best]:<{self._width}}  {answer[best]:.4f}"
        return f"{text}  (labelled {caption.truth})" if caption.wrong else text

    def vocabulary(self):
        return {"classes": self.classes}

    def answer_as_json(self, image, answer, truth=None):
        shares = [float(share) if np.isfinite(share) else None for share in answer]
        best = None if self.why_none(answer) else self.classes[int(np.argmax(answer))]
        known = {} if truth is None else {"label": self.classes[int(np.argmax(truth[0]))]}
        probabilities = dict(zip(self.classes, shares, strict=True))
        return {"answer": best, "probabilities": probabilities} | known

    def caption(self, image, answer, truth=None):
        best = int(np.argmax(answer))
        text = f"{self.classes[best]} {answer[best]:.2f}"
        if truth is None:
            return Caption(text)
        right = int(np.argmax(truth[0]))
        return Caption(text, self.classes[right], wrong=right != best)

    def truth_told(self, truth):
        return self.classes[int(np.argmax(truth[0]))]

    def some(self, truths, total, count):
        """The classes in turn: the first image of each, the second of each, …"""
        labels = truths[0]
        rank = np.cumsum(labels, axis=0)[labels == 1]  # of each image among those of its class
        return np.argsort(rank, kind="stable")[:count]

    def examples(self, count):
        return (np.eye(len(self.classes), dtype=np.float32)[np.arange(count) % len(self.classes)],)

    def labels(self, answers, truths):
        rows = []
        for shares, label in zip(answers, truths[0].argmax(axis=1), strict=True):
            best = int(np.argmax(shares))
            right = "right" if best == label else "wrong"
            rows.append((self.classes[label], self.classes[best], f"{shares[best]:.3f}", right))
        return ("label", "answer", "probability", "right"), rows

    def outputs(self, answer):
        return {name: answer[:, i] for i, name in enumerate(self.classes)}

    def named_outputs(self, loss):
        return self.classes, self.answer(loss).__name__

    def outputs_told(self):
        return f"probabilities {', '.join(self.classes)} (n,)"

    def check_loss(self, loss, y, desired):
        yield from mistakes.of_the_loss(loss, y, desired)

    def check_answers(self, step, rate, measured, truths):
        yield from mistakes.of_the_answers(step, rate, self.confusion(measured, truths))


BY_GENDER = Classification(GENDER.name, GENDER.classes)
