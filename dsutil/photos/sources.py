"""What a folder of photographs is: who is on each, and of which class.

Three layouts are known by what lies in the folder:

    man/... woman/...          a folder for each class; male, female too, in any case
    Ada_Lovelace/...           a folder for each person, as in LFW
    0000045/...                a folder for each number, as in CASIA-WebFace, with a file of names
"""

import os
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from dsutil.errors import InputError
from dsutil.photos import first_names
from dsutil.photos.photo import as_utf8, printable

CLASS_FOLDERS = {"man": 0, "male": 0, "woman": 1, "female": 1}
# LFW's names of files: where they lie in a folder for each class, they still say who it is.
NUMBERED_PERSON = re.compile(r"([^\W\d_]+(?:[_.'-]+[^\W\d_]+)+)_\d{4}")


class Photo(NamedTuple):
    """A file in a source, found but not opened.

    Attributes:
        path: of the file, in the source.
        person: who is on it; None if nothing says so.
        kind: the class, 0 or 1; None if it is left out.
        reason: why it is left out.
        detail: what led to that, such as a name.
        stamp: size and time of change of the file.
    """

    path: str
    person: str | None
    kind: int | None
    reason: str | None = None
    detail: str | None = None
    stamp: tuple = ()


class Source:
    """A folder of photographs.

    Args:
        folder: the folder.
        names: file with lines `0000045 First_Last`, for folders that are numbers.
        certain: the share of a first name's bearers that decides.

    Attributes:
        layout: what the folder is, in words.

    Raises:
        InputError: it is no folder, or not in one of the layouts.
    """

    def __init__(self, folder, names=None, certain=0.9):
        self.folder, self.certain = Path(folder), certain
        if not self.folder.is_dir():
            raise InputError(f"{printable(folder)} is not a folder: expected one of photographs.")
        self._root = os.path.realpath(self.folder)
        top = [entry.name for entry in _listed(self.folder) if entry.is_dir()]
        numbers = [name for name in top if name.isdecimal()]
        if names is not None:
            self._names = read_names(names)
            self._who, self.layout = self._by_number, "a folder for each number, with names"
        elif any(name.casefold() in CLASS_FOLDERS for name in top):
            self._who, self.layout = self._by_class, "a folder for each class"
        elif numbers and len(numbers) == len(top):
            raise InputError(
                f"{printable(folder)} has a folder for each number, such as {numbers[0]}: expected "
                "--names FILE too, with lines such as `0000045 First_Last`."
            )
        elif top:
            self._who, self.layout = self._by_person, "a folder for each person"
        else:
            raise InputError(
                f"{printable(folder)} holds no folders: expected one for each class (man, woman), "
                "for each person (First_Last), or for each number with --names FILE."
            )

    def photos(self):
        """Every file of the source as a `Photo`, in an order that the file system has no part in.

        Hidden files are passed over; so is what lies beside the folders.
        """
        for top in _listed(self.folder):
            if why := self._not_followed(top):
                yield Photo(top.name, None, None, why)
            elif top.is_dir():
                yield from self._walk(top, top.name)

    def _walk(self, folder, path):
        try:
            entries = _listed(folder)
        except OSError as error:
            yield Photo(path, None, None, "unreadable", error.strerror)
            return
        for entry in entries:
            inner = f"{path}/{entry.name}"
            if why := self._not_followed(entry):
                yield Photo(inner, None, None, why)
            elif entry.is_dir():
                yield from self._walk(entry, inner)
            else:
                yield Photo(inner, *self._who(inner), stamp=_stamp(entry))

    def _not_followed(self, entry):
        """Why an entry is a link that is not followed; None if it is, or is no link."""
        if not entry.is_symlink():
            return None
        target = Path(os.path.realpath(entry.path))
        if not target.is_relative_to(self._root):
            return "a link that leaves the source"
        if target.is_dir():
            return "a link to a folder"  # it might lead round for ever
        return None if target.exists() else "a link to nothing"

    # Each of the following says of a path: person, class, and if it has none, why and whence.

    def _by_class(self, path):
        top, *between, file = path.split("/")
        kind = CLASS_FOLDERS.get(top.casefold())
        numbered = NUMBERED_PERSON.fullmatch(os.path.splitext(file)[0])
        person = between[0] if between else numbered and numbered[1]
        if kind is None:
            return None, None, "in no class's folder", top
        return person and _one_spelling(person), kind

    def _by_person(self, path):
        return self._by_name(path.split("/")[0])

    def _by_number(self, path):
        number = path.split("/")[0]
        name = self._names.get(_plain(number))
        if name is None:
            return None, None, "no name for the number", number
        return self._by_name(name)

    def _by_name(self, name):
        name = as_utf8(name)
        kind = first_names.gender(name, self.certain)
        if kind is None:
            return None, None, "the first name does not decide", name
        return _one_spelling(name), kind


def read_names(path):
    """The names in a file with lines such as `0000045 First_Last`: {number: name}.

    Raises:
        InputError: a line is not like that; the text says which.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    names = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if len(words) >= 2:
            names[_plain(words[0])] = " ".join(words[1:])
        elif words:
            raise InputError(
                f"{printable(path)} line {number}: found {printable(line)!r}, expected a number "
                "and a name, such as `0000045 First_Last`."
            )
    if not names:
        raise InputError(f"{printable(path)} holds no names: expected `0000045 First_Last`.")
    return names


def _plain(number):
    """A folder's number without the zeros before it."""
    return number.lstrip("0") or "0"


def _one_spelling(name):
    """The same text for all spellings of a name: a person is one, however often spelt."""
    words = unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split()
    return " ".join(words)


def _listed(folder):
    """The entries of a folder, sorted by name; hidden ones left out."""
    with os.scandir(folder) as entries:
        return sorted((e for e in entries if not e.name.startswith(".")), key=_bytes)


def _stamp(entry):
    try:
        state = entry.stat()
    except OSError:  # reading it will tell
        return ()
    return state.st_size, state.st_mtime_ns


def _bytes(entry):
    return os.fsencode(entry.name)
