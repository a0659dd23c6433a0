"""In which order the pictures of a source are looked at, and whose are for testing."""

import hashlib

import numpy as np

from dsutil.binary import CLASSES
from dsutil.drawn import random_bits
from dsutil.photos.left_out import leave_out


class Listing:
    """The pictures of a source whose class is known, in the order in which they are looked at.

    Attributes:
        paths: of the pictures, in the source.
        kinds: (count,) uint8, the class of each.
        persons: (count,) int64, who is on each: a number for each person.
        people: how many there are.
        found: how many files the source holds.
        left_out: {reason: LeftOut} of those whose class is not known.
        digest: changes if the pictures, their sizes, times, people, classes or order do.
    """

    def __init__(self, source, seed):
        self.left_out, self.found = {}, 0
        paths, kinds, persons, numbers = [], [], [], {}
        sha256 = hashlib.sha256(str(seed).encode())
        for photo in source.photos():
            self.found += 1
            if photo.reason:
                leave_out(self.left_out, photo.reason, photo.path, photo.detail)
                continue
            sha256.update(repr(photo).encode("utf-8", "surrogatepass"))
            paths.append(photo.path)
            kinds.append(photo.kind)
            person = ("person", photo.person) if photo.person else ("path", photo.path)
            persons.append(numbers.setdefault(person, len(numbers)))
        self.seed = seed
        self.people = len(numbers)
        self.digest = sha256.hexdigest()
        order = _shuffled(len(paths), seed, "photos")
        self.paths = [paths[i] for i in order]
        self.kinds = np.array(kinds, np.uint8)[order]
        self.persons = np.array(persons, np.int64)[order]

    def __len__(self):
        return len(self.paths)

    def share_of_people(self, share):
        """(count,) bool: whether a picture is of one of a share of the people of each class."""
        chosen = np.zeros(self.people, bool)
        kind_of = np.empty(self.people, np.uint8)
        kind_of[self.persons] = self.kinds
        for kind in range(len(CLASSES)):
            people = np.flatnonzero(kind_of == kind)
            order = _shuffled(len(people), self.seed, f"people {kind}")
            some = round(share * len(people))
            if share and len(people) > 1:
                some = min(max(some, 1), len(people) - 1)  # both sets have somebody of each class
            chosen[people[order[:some]]] = True
        return chosen[self.persons]


def _shuffled(count, seed, name):
    """The numbers below `count` in an order that follows from seed and name."""
    keys = random_bits.draw_bits(random_bits.stream_key(seed, name), np.arange(count), 1)
    return np.argsort(keys[:, 0], kind="stable")
