"""Many photographs -> a pair of files, or two: one to train on, one to test on with other people.

The pictures are taken in an order that follows from the seed and their names. What comes of each is
written to a journal as it comes, so that an interrupted run goes on where it was. At the end the
faces are copied from there into the pairs.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil import databases, progress
from dsutil.atomic import replacing
from dsutil.binary import CLASSES, SIDE, pair_paths, write_pair
from dsutil.errors import InputError
from dsutil.photos import near_duplicates
from dsutil.photos.choice import Choice
from dsutil.photos.journal import Journal
from dsutil.photos.left_out import reasons
from dsutil.photos.listing import Listing
from dsutil.photos.photo import load_extra, printable
from dsutil.photos.report import counted, report_of, told
from dsutil.photos.sources import Source
from dsutil.photos.workers import examine_all

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
    databases.refuse_a_file(out)
    pairs = {"train": pair_paths(out, wanted.name)}
    if wanted.test_share:
        pairs["test"] = pair_paths(out, f"test{wanted.name}")
    where = Source(source, wanted.names, wanted.certain)
    say(f"{printable(source)}: {where.layout}")
    listing = Listing(where, wanted.seed)
    if not len(listing):
        raise InputError(
            f"{printable(source)}: none of {listing.found:,} files is of use. "
            + reasons(listing.left_out)
        )
    say(
        f"{listing.found:,} files, {len(listing):,} to look at, of "
        f"{counted(listing.people, 'person', 'people')}"
    )
    is_test = listing.share_of_people(wanted.test_share)

    Path(out).mkdir(parents=True, exist_ok=True)
    plan = {
        **wanted._asdict(),
        "names": None,
        "listing": listing.digest,
        "fingerprints": near_duplicates.KIND,
    }
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
        report = report_of(source, where, wanted, listing, chosen, {p: parts[p] for p in pairs})
        _write_json(Path(out, f"photos-{wanted.name}.json"), report)
        journal.remove()
    for line in told(report, pairs):
        say(line)
    return report


def _look_at(listing, journal, choice, folder, wanted, processes, say):
    """Fills the journal, from where it ends, until the choice is full."""
    for reason, fingerprint in journal.read():
        if choice.full:
            return
        choice.decide(reason, fingerprint)
    if choice.full:
        return
    paths = [os.path.join(folder, path) for path in listing.paths[choice.read :]]
    bar = progress.bar(len(listing), "pictures", done=choice.read)
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


def _faces(journal, listing, rows):
    """Chunks of (images, labels), for `write_pair`."""
    one_hot = np.eye(len(CLASSES), dtype=np.float32)
    for first in range(0, len(rows), COPIED):
        some = rows[first : first + COPIED]
        yield journal.faces(some), one_hot[listing.kinds[some]]


def _refuse_to_replace(paths):
    for path in paths:
        if path.exists():
            raise InputError(
                f"{path} is there already and is left as it is: move it away or take another name."
            )


def _nothing(source, part, choice, listing):
    if choice.kept:
        return (
            f"{printable(source)}: of {listing.people:,} people and {len(choice.kept):,} pictures "
            f"kept, none are left to {part} on: expected more people, or another --count, "
            "--test-share or --seed."
        )
    return f"{printable(source)}: no picture was kept. " + reasons(choice.left_out)


def _write_json(path, content):
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, indent=2) + "\n")
