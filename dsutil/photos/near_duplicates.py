"""Pictures that are nearly the same: mirrored, resized or compressed anew, they are found.

A picture's fingerprint is 128 bits: the signs of the lowest frequencies of its cosine transform
("pHash", Zauner 2010, with more frequencies, as faces are much alike). Mirroring a picture keeps
the frequencies that are even across and turns the sign of those that are odd, so the even ones make
one half of the fingerprint and the odd ones the other: a mirrored picture has the same first half,
and in the second half every bit is the opposite. Two pictures are nearly the same if at most `FEW`
bits differ, as they are or with one of them mirrored.
"""

from array import array

import numpy as np

BITS = 128
HALF = BITS // 2
FEW = 7
PIECES = FEW + 1  # if at most FEW bits differ, then at least one of so many pieces is the same
PIECE = np.uint16
VALUES = 2 ** (BITS // PIECES)  # of a piece
COPY = 32  # pixels of a side of the small copy whose frequencies are taken
KIND = "signs of even and odd cosine frequencies"  # another kind of fingerprint has another name

_ROW, _COLUMN = np.indices((COPY, COPY)).reshape(2, -1)
_LOWEST_FIRST = np.lexsort((_ROW, _ROW + _COLUMN))[1:]  # without the mean of the picture
_IS_ODD = _COLUMN[_LOWEST_FIRST] % 2 == 1


def _dealt(frequencies):
    """HALF of them, dealt to the pieces: with low and high ones, no piece is that of many faces."""
    return frequencies[:HALF].reshape(-1, PIECES // 2).T.ravel()


FREQUENCIES = np.concatenate([_dealt(_LOWEST_FIRST[~_IS_ODD]), _dealt(_LOWEST_FIRST[_IS_ODD])])
_OF_ODD = np.repeat(np.array([0, VALUES - 1], PIECE), PIECES // 2)  # what mirroring flips


def fingerprint(picture):
    """The fingerprint of a picture (height, width) uint8: BITS / 8 bytes."""
    import cv2  # heavy, so only when it is needed

    copy = cv2.resize(picture, (COPY, COPY), interpolation=cv2.INTER_AREA)
    levels = cv2.dct(copy.astype(np.float32)).ravel()[FREQUENCIES]
    return np.packbits(levels > 0).tobytes()


class Fingerprints:
    """Fingerprints that came, in buckets: only those that share a piece are compared."""

    def __init__(self):
        self._all = bytearray()
        self._buckets = [None] * (PIECES * VALUES)  # for each value of each piece: who has it

    def __len__(self):
        return len(self._all) // (BITS // 8)

    def near(self, new):
        """The index of a fingerprint added before that is nearly the same as `new`, or None."""
        buckets = (self._buckets[key] for key in _keys(new))
        some = np.frombuffer(b"".join(b for b in buckets if b is not None), np.intc)
        halves = np.frombuffer(self._all, np.uint64).reshape(-1, BITS // HALF)
        even, odd = np.bitwise_count(halves.take(some, axis=0) ^ np.frombuffer(new, np.uint64)).T
        near = some[even + np.minimum(odd, HALF - odd) <= FEW]
        return int(near.min()) if len(near) else None

    def add(self, new):
        for key in _keys(new):
            if self._buckets[key] is None:
                self._buckets[key] = array("i")
            self._buckets[key].append(len(self))
        self._all += new


def _keys(fingerprint):
    """The number of the bucket for each piece of a fingerprint: the same if it is mirrored."""
    pieces = np.frombuffer(fingerprint, PIECE)
    return np.minimum(pieces, pieces ^ _OF_ODD) + np.arange(PIECES) * VALUES
