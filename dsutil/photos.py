"""Many photographs -> a pair of files, or two: one to train on, one to test on with other people.

The pictures are taken in an order that follows from the seed and their names. What comes of each is
written to a journal as it comes, so that an interrupted run goes on where it was. At the end the
faces are copied from there into the pairs.
"""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil import databases, random_bits
from dsutil.atomic import replacing
from dsutil.binary import CLASSES, SIDE, pair_paths, write_pair
from dsutil.errors import InputError
from dsutil.near_duplicates import Fingerprints
from dsutil.photo import load_extra, printable
from dsutil.photo_journal import KEPT, Journal
from dsutil.photo_workers import examine_all
from dsutil.sources import Source

EXAMPLES = 10  # paths in the report for each reason
COPIED = 4096  # faces copied at once into a pair


class Wanted(NamedTuple):
    """What the files shall be; with the source it says every byte of them.

    Attributes:
        name: of the data set; the one to test on is `test` + name.
        count: how many pictures are kept at most, both pairs together; None for all.
        test_share: the share of people whose pictures are for testing.
        seed: the order, and who is for testing, follow from it.
        size: pixels of a face's side.
        detect: whether faces are looked for; if not, the centre is cropped.
        names: the file of names, for a source with numbers.
        certain: the share of a first name's bearers that decides.
    """

    name: str
    count: int | None = None
    test_share: float = 0.0
    seed: int = 0
    size: int = SIDE
    detect: bool = True
    names: str | None = None
    certain: float = 0.9


def make(source, out, wanted, processes=None, say=print):
    """Makes the pair `wanted.name` in folder `out` from the photographs in folder `source`.

    Args:
        processes: how many examine pictures; as many as there are processors if None.
        say: called with each line for the user.

    Returns:
        The report, which is written to `photos-<name>.json`, too.

    Raises:
        InputError: the source, an option or what lies in `out` forbids it, or nothing is kept.
    """
    load_extra()
    pairs = {"train": pair_paths(out, wanted.name)}
    if wanted.test_share:
        pairs["test"] = pair_paths(out, f"test{wanted.name}")
    where = Source(source, wanted.names, wanted.certain)
    say(f"{printable(source)}: {where.layout}")
    listing = Listing(where, wanted.seed)
    if not len(listing):
        raise InputError(
            f"{printable(source)}: none of {listing.found:,} files is of use. "
            + _reasons(listing.left_out)
        )
    say(
        f"{listing.found:,} files, {len(listing):,} to look at, of "
        f"{_counted(listing.people, 'person', 'people')}"
    )
    is_test = listing.share_of_people(wanted.test_share)

    Path(out).mkdir(parents=True, exist_ok=True)
    plan = {**wanted._asdict(), "names": None, "listing": listing.digest}
    with Journal(Path(out, f".photos-{wanted.name}"), plan, wanted.size) as journal:
        if not journal.resumed:
            _refuse_to_replace(path for pair in pairs.values() for path in pair)
        elif len(journal):
            say(f"{len(journal):,} pictures were looked at before: going on from there")
        chosen = Choice(listing, wanted.count)
        _look_at(listing, journal, chosen, where.folder, wanted, processes, say)
        rows = np.array(chosen.kept, np.int64)
        parts = {"train": rows[~is_test[rows]], "test": rows[is_test[rows]]}
        for part in pairs:
            if not len(parts[part]):
                raise InputError(_nothing(source, part, chosen, listing))
        databases.end_drawing(out)
        for part in reversed(pairs):  # the one to train on last: it says that all is done
            write_pair(*pairs[part], _faces(journal, listing, parts[part]), wanted.size**2)
        report = _report(source, where, wanted, listing, chosen, {p: parts[p] for p in pairs})
        _write_json(Path(out, f"photos-{wanted.name}.json"), report)
        journal.remove()
    for line in _told(report, pairs):
        say(line)
    return report


# --------------------------------------------------------------------------------------- the order


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
                _leave_out(self.left_out, photo.reason, photo.path, photo.detail)
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


# ------------------------------------------------------------------------------------- the choosing


class LeftOut(NamedTuple):
    """How many pictures are left out for a reason, and which, for example."""

    count: int
    examples: list


def _leave_out(left_out, reason, path, detail=None):
    count, examples = left_out.get(reason, (0, []))
    if len(examples) < EXAMPLES:
        example = {"path": path, "detail": detail} if detail else {"path": path}
        examples.append(example)
    left_out[reason] = LeftOut(count + 1, examples)


class Choice:
    """Which pictures are kept, decided one after another.

    Attributes:
        read: how many were decided.
        kept: which of them are kept: numbers in the listing.
        left_out: {reason: LeftOut}.
    """

    def __init__(self, listing, count):
        self._listing, self._count = listing, count
        self._fingerprints = Fingerprints()
        self.read, self.kept = 0, []
        self.left_out = dict(listing.left_out)

    @property
    def full(self):
        """Whether no more is wanted."""
        return len(self.kept) == self._count or self.read == len(self._listing)

    def decide(self, reason, fingerprint):
        """Keeps the next picture or leaves it out.

        Args:
            reason: why it cannot be used, or `KEPT` if it can.
            fingerprint: of the picture, if it can be used.
        """
        number, self.read = self.read, self.read + 1
        path = self._listing.paths[number]
        if reason != KEPT:
            _leave_out(self.left_out, reason, path)
            return
        same = self._fingerprints.near(fingerprint)
        if same is not None:
            other = self._listing.paths[self.kept[same]]
            _leave_out(self.left_out, "nearly the same as another", path, other)
            return
        self._fingerprints.add(fingerprint)
        self.kept.append(number)


def _look_at(listing, journal, choice, folder, wanted, processes, say):
    """Fills the journal, from where it ends, until the choice is full."""
    for reason, fingerprint in journal.read():
        if choice.full:
            return
        choice.decide(reason, fingerprint)
    if choice.full:
        return
    paths = [os.path.join(folder, path) for path in listing.paths[choice.read :]]
    bar = _bar(choice.read, len(listing))
    try:
        with (
            bar,
            contextlib.closing(examine_all(paths, wanted.size, wanted.detect, processes)) as chunks,
        ):
            for examined in chunks:
                journal.append(examined)
                for reason, fingerprint, _ in examined:
                    if not choice.full:
                        choice.decide(reason, fingerprint)
                bar.update(len(examined))
                if choice.full:
                    break
    except BaseException:
        say(
            f"{len(journal):,} of {len(listing):,} pictures were looked at; "
            "the same command goes on from there."
        )
        raise


def _bar(done, count):
    """A bar with rate and time left, on a terminal only."""
    import tqdm

    return tqdm.tqdm(initial=done, total=count, unit=" pictures", disable=None, smoothing=0.1)


def _faces(journal, listing, rows):
    """Chunks of (images, labels), for `write_pair`."""
    one_hot = np.eye(len(CLASSES), dtype=np.float32)
    for first in range(0, len(rows), COPIED):
        some = rows[first : first + COPIED]
        yield journal.faces(some), one_hot[listing.kinds[some]]


# --------------------------------------------------------------------------------- what is there


def _refuse_to_replace(paths):
    for path in paths:
        if path.exists():
            raise InputError(
                f"{path} is there already and is left as it is: move it away or take another name."
            )


# --------------------------------------------------------------------------------------- reporting


def _report(source, where, wanted, listing, choice, parts):
    """What `photos-<name>.json` says."""
    return {
        "source": printable(source),
        "layout": where.layout,
        **{k: v for k, v in wanted._asdict().items() if k != "names"},
        "found": listing.found,
        "people": listing.people,
        "read": choice.read,
        "not_needed": len(listing) - choice.read,
        "kept": len(choice.kept),
        "pairs": {
            ("" if part == "train" else "test") + wanted.name: {
                "images": len(rows),
                "people": len(np.unique(listing.persons[rows])),
                **{kind: int((listing.kinds[rows] == k).sum()) for k, kind in enumerate(CLASSES)},
            }
            for part, rows in parts.items()
        },
        "left_out": {
            reason: some._asdict()
            for reason, some in sorted(choice.left_out.items(), key=lambda x: (-x[1].count, x[0]))
        },
    }


def _told(report, pairs):
    """The report's lines on the screen."""
    yield f"{_counted(report['read'], 'picture', 'pictures')} read, {report['kept']:,} kept"
    for reason, some in report["left_out"].items():
        example = some["examples"][0]
        detail = f" ({printable(example['detail'])})" if "detail" in example else ""
        path = printable(example["path"])
        yield f"{some['count']:>9,} left out: {reason}, such as {path}{detail}"
    for (name, pair), paths in zip(report["pairs"].items(), pairs.values(), strict=True):
        kinds = ", ".join(f"{pair[kind]:,} {kind}" for kind in CLASSES)
        people = _counted(pair["people"], "person", "people")
        images = _counted(pair["images"], "image", "images")
        yield f"{name}: {images} ({kinds}) of {people}: {paths[0]}"


def _counted(number, one, many):
    return f"{number:,} {one if number == 1 else many}"


def _reasons(left_out):
    return "; ".join(f"{some.count:,}: {reason}" for reason, some in left_out.items()) + "."


def _nothing(source, part, choice, listing):
    if choice.kept:
        return (
            f"{printable(source)}: of {listing.people:,} people and {len(choice.kept):,} pictures "
            f"kept, none are left to {part} on: expected more people, or another --count, "
            "--test-share or --seed."
        )
    return f"{printable(source)}: no picture was kept. " + _reasons(choice.left_out)


def _write_json(path, content):
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, indent=2) + "\n")
