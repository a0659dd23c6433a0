"""config.json: what a run was asked, on which data, with which versions."""

import json
import os

from dsutil.errors import InputError
from labs import tasks

FORMAT = 2  # of config.json and of the checkpoints; a run of a newer format is refused
LARGEST = 2**20  # bytes; a run writes about a thousand


def read(path):
    """What a config.json says, as a run of today would say it.

    Raises:
        FileNotFoundError, NotADirectoryError: there is none.
        InputError: it is damaged, or of a newer format.
    """
    try:
        config = json.loads(_text(path))
        _check_format(path, config["format"])
        return _complete(upgraded(config))
    except (FileNotFoundError, NotADirectoryError, InputError):
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{path} is damaged: expected the JSON that the run wrote when it started."
        ) from None


def _text(path):
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    if not path.is_file() or path.stat().st_size > LARGEST:
        raise ValueError("not a file of the run's making")
    return path.read_text(encoding="utf-8")


def _check_format(path, found):
    if type(found) is not int:
        raise ValueError("not the number of a format")
    if not 1 <= found <= FORMAT:
        raise InputError(
            f"{path.parent} is of format {found}, and {FORMAT} is the newest known here: update "
            "the project."
        )


def _complete(config):
    """The config, if it says what every run says of itself."""
    tables = config["options"], *(config["data"][use]["sha256"] for use in ("train", "test"))
    named = {"lab", "precision"} <= config.keys() and "name" in config["task"]["headline"]
    if not named or not all(isinstance(table, dict) for table in tables):
        raise ValueError("not what a run keeps of its lab, its options and its data")
    if not all(type(i) is int and type(text) is str for i, text in config.get("commands", [])):
        raise ValueError("not the commands of a run")
    return config


def upgraded(config):
    """What a config of any format says, in today's words.

    Before format 2 there was one question, and one pair of files for it.
    """
    if config["format"] > 1:
        return config
    task = tasks.COURSE.described()
    data = {}
    for use, known in config["data"].items():
        digests = dict(zip(task["columns"], _of_pair(known), strict=True))
        others = {key: value for key, value in known.items() if not key.endswith("_sha256")}
        data[use] = others | {"sha256": digests}
    return config | {"format": FORMAT, "task": task, "data": data}


def _of_pair(known):
    return known["images_sha256"], known["labels_sha256"]
