"""What became of the photographs: on the screen and in `photos-<name>.json`."""

import numpy as np

from dsutil.binary import CLASSES
from dsutil.photos.photo import printable


def report_of(source, where, wanted, listing, choice, parts):
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


def told(report, pairs):
    """The report's lines on the screen."""
    yield f"{counted(report['read'], 'picture', 'pictures')} read, {report['kept']:,} kept"
    for reason, some in report["left_out"].items():
        example = some["examples"][0]
        detail = f" ({printable(example['detail'])})" if "detail" in example else ""
        path = printable(example["path"])
        yield f"{some['count']:>9,} left out: {reason}, such as {path}{detail}"
    for (name, pair), paths in zip(report["pairs"].items(), pairs.values(), strict=True):
        kinds = ", ".join(f"{pair[kind]:,} {kind}" for kind in CLASSES)
        people = counted(pair["people"], "person", "people")
        images = counted(pair["images"], "image", "images")
        yield f"{name}: {images} ({kinds}) of {people}: {paths[0]}"


def counted(number, one, many):
    """A number and the noun that goes with it."""
    return f"{number:,} {one if number == 1 else many}"
