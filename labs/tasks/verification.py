"""Whether two pictures show the same person, by how far apart the network puts them."""

import dataclasses
from typing import NamedTuple

import numpy as np

from dsutil import InputError
from dsutil.columns import FACES, PERSON, Identities, Images
from labs.tasks import receiver
from labs.tasks.task import Caption, Number, Task, check_columns

LIKE = 1 / 40  # the share of all pairs, those nearest in distance, that tells the odds
COLOURED = 50  # persons, at most, that TensorBoard's Projector shows in colours
FIRST = 4  # numbers of a vector that are told


@dataclasses.dataclass(frozen=True)
class Verification(Task):
    """The network puts out a vector for each picture, such that distance means identity.

    Two pictures show the same person if their vectors are nearer than a threshold. On a set, all
    pairs of the same person count, and as many of different persons, which follow from the number
    of images alone. The accuracy is that at the threshold where both kinds of mistake are equally
    frequent: 1 less the equal error rate.

    While training, the number of an image is whether the nearest other one in the batch is of the
    same person.

    Args:
        size: numbers of a vector.
        together: how many neighbouring rows of a file are of the same person, so that a batch has
            pairs.
        column: who it is.
        images: the column of what goes in.

    Source: Schroff et al. 2015 (FaceNet); Huang et al. 2007 (LFW).
    """

    size: int = 32
    together: int = 10
    column: Identities = PERSON
    images: Images = FACES

    def __post_init__(self):
        check_columns(self)
        if not isinstance(self.column, Identities):
            raise InputError(
                f"Who it is can't be told by {self.column}: expected `dsutil.Identities`."
            )

    headline = Number("verification accuracy", higher_is_better=True, is_share=True)
    header = "its vector"

    @property
    def truths(self):
        return (self.column,)

    @property
    def output_shape(self):
        return (self.size,)

    @property
    def output(self):
        return f"{self.size} numbers that tell who it is"

    def desired(self, x, person):
        import tensorflow as tf

        return tf.reshape(person, (-1,))

    def answer(self, loss):
        return lambda y: y

    def measure(self, y, desired):
        import tensorflow as tf

        itself = tf.eye(tf.shape(y)[0], dtype=tf.bool)
        apart = tf.where(itself, np.float32(np.inf), squared_distances(y))
        nearest = tf.gather(desired, tf.argmin(apart, axis=1))
        right = tf.cast(nearest == desired, tf.float32)
        return tf.where(tf.reduce_any(tf.math.is_nan(y), axis=1), np.float32(np.nan), right)

    def details(self, y, desired, answer):
        return {"vector": answer, "person": desired}

    def numbers(self, measured):
        apart, same = pairs(measured["vector"], measured["person"])
        error, _ = receiver.equal_error(-apart, same)
        nearest = float(np.mean(measured[self.headline.name], dtype=float))
        return {
            self.headline.name: 1 - error,
            "area under the ROC": receiver.area(-apart, same),
            "nearest in the batch": nearest,
        }

    def equal_error(self, measured):
        """The share of mistakes where both kinds are equally frequent, and the distance there."""
        apart, same = pairs(measured["vector"], measured["person"])
        error, score = receiver.equal_error(-apart, same)
        return error, -score

    def told(self, image, answer, truth=None):
        numbers = " ".join(f"{number:+.2f}" for number in answer[:FIRST])
        return f"{numbers} ..." + ("" if truth is None else f"  (person {int(truth[0])})")

    def compared(self, names, answers, measured):
        """Yields a `Pair` for each two, with the odds of such distances on the test set."""
        found = measured()
        apart, same = pairs(found["vector"], found["person"])
        for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
            distance = float(np.linalg.norm(np.float64(answers[i]) - answers[j]))
            alike = np.argsort(np.abs(apart - distance), kind="stable")[: round(LIKE * len(apart))]
            share = (np.count_nonzero(same[alike]) + 1) / (len(alike) + 2)
            odds = max(share, 1 - share) / min(share, 1 - share)
            yield Pair(names[i], names[j], distance, bool(share >= 0.5), odds)

    def answer_as_json(self, image, answer, truth=None):
        finite = np.isfinite(answer).all()
        return {"vector": np.round(np.float64(answer), 5).tolist() if finite else None}

    def caption(self, image, answer, truth=None):
        return Caption("" if truth is None else f"person {int(truth[0])}")

    @property
    def projected(self):
        """Of more persons the Projector shows no colours."""
        return COLOURED * self.together

    def places(self, answers):
        """The vectors themselves: they are what is near or far."""
        return "the vectors", np.asarray(answers, np.float32)

    def labels(self, answers, truths):
        """Words, since the Projector takes numbers for amounts; the first are shown as labels."""
        persons = truths[0].ravel().tolist()
        return ("person", "row"), [(f"person {one}", str(row)) for row, one in enumerate(persons)]

    def examples(self, count):
        """Two pictures of each person."""
        return (np.arange(count, dtype=np.int32) // 2,)

    def outputs(self, answer):
        return {"vector": answer}

    def outputs_told(self):
        return f"vector (n, {self.size}), near others of the same person"


class Pair(NamedTuple):
    """Two pictures beside each other.

    Attributes:
        first, second: their names.
        distance: between their vectors.
        same: whether they are of the same person, as it seems.
        odds: that this is so, to 1, where half of all pairs are of the same person.
    """

    first: str
    second: str
    distance: float
    same: bool
    odds: float

    def __str__(self):
        who = "the same person" if self.same else "different persons"
        names = f"{self.first} and {self.second}"
        return f"{names}: {self.distance:.2f} apart: {who}, {self.odds:.0f} to 1"


def squared_distances(y):
    """The squared distances between vectors (n, size), in the graph: (n, n)."""
    import tensorflow as tf

    squares = tf.reduce_sum(tf.square(y), axis=1)
    between = squares[:, None] + squares[None, :] - 2 * tf.matmul(y, y, transpose_b=True)
    return tf.maximum(between, 0)


def pairs(vectors, persons):
    """All pairs of pictures of a person, and as many of different persons.

    Args:
        vectors: (n, size).
        persons: (n,) whole numbers, at least two of a kind and two kinds.

    Returns:
        How far each pair is apart, (pairs,) float64; and whether it is of the same person.

    Raises:
        InputError: there is no pair of the one kind or of the other.
    """
    vectors, persons = np.asarray(vectors, np.float64), np.asarray(persons).ravel()
    counts = np.unique(persons, return_counts=True)[1]
    if len(counts) < 2 or counts.max() < 2:
        raise InputError(
            "Pictures of one person are compared with those of others: found "
            f"{len(persons):,} pictures of {len(counts):,} persons, {counts.max(initial=0):,} of "
            "one at the most: expected two persons or more, and two pictures or more of one. "
            "Train and test on such data sets."
        )
    same = np.concatenate([*_same(persons)], axis=1)
    different = _different(persons, same.shape[1])
    first, second = np.concatenate([same, different], axis=1)
    apart = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    return apart, np.arange(len(apart)) < same.shape[1]


def _same(persons):
    """Yields the places of pairs of the same person, (2, pairs)."""
    order = np.argsort(persons, kind="stable")
    for step in range(1, len(persons)):
        first, second = order[:-step], order[step:]
        alike = persons[first] == persons[second]
        if not alike.any():
            break
        yield np.stack([first[alike], second[alike]])


def _different(persons, count):
    """The places of some pairs of different persons, (2, count)."""
    draw = np.random.Philox(key=np.array([0, len(persons)], np.uint64))  # never changes
    found = np.empty((2, 0), np.int64)
    while found.shape[1] < count:
        drawn = (draw.random_raw((2, count)) % np.uint64(len(persons))).astype(np.int64)
        found = np.append(found, drawn[:, persons[drawn[0]] != persons[drawn[1]]], axis=1)
    return found[:, :count]
