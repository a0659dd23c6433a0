"""What a run was trained on, as its config.json says."""

from pathlib import Path
from typing import NamedTuple

from dsutil import InputError, binary, databases
from dsutil.photos.photo import printable


class TrainingSet(NamedTuple):
    """What a run was trained on: the data set's name and size, and whether it is drawn."""

    name: str
    count: int
    drawn: bool | None  # None where nothing tells

    def told(self, what):
        """It in words; `what` the images show, if they are drawn."""
        return (
            f"{printable(self.name)}, {self.count:,} {f'drawn {what}' if self.drawn else 'images'}"
        )


def training_set(run):
    """The `TrainingSet` of a run.

    Raises:
        InputError: its config.json is damaged.
    """
    recorded, given = run.config["data"]["train"], run.config["options"]
    try:
        name, count = str(given["train"]), int(recorded["count"])
        if "drawn" in recorded:
            return TrainingSet(name, count, bool(recorded["drawn"]))
        drawn = _drawn(given["databases"], name, next(iter(recorded["sha256"].values())))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            f"{run.path / 'config.json'} is damaged: expected what the run was trained on."
        ) from None
    return TrainingSet(name, count, drawn)


def _drawn(folder, name, digest):
    """True where a run that does not say so was trained on drawn faces; None where it may be."""
    images, _ = binary.pair_paths(folder, name)
    drawn = Path(folder, databases.MARK).exists() and images.exists()
    return True if drawn and binary.digest(images) == digest else None
