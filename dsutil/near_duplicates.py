"""Pictures that are nearly the same: sharpened, resized or compressed anew, they are found.

A picture's fingerprint is 128 bits: which of the lowest frequencies of its cosine transform are
above their median ("pHash", Zauner 2010, with more frequencies, as faces are much alike). Two
pictures are nearly the same if at most `FEW` bits differ.
"""

from array import array

import numpy as np

BITS = 128
FEW = 7
PIECES = FEW + 1  # if at most FEW bits differ, then at least one of so many pieces is the same
PIECE = np.uint16
VALUES = 2 ** (BITS // PIECES)  # of a piece
COPY = 32  # pixels of a side of the small copy whose frequencies are taken

_ROW, _COLUMN = np.indices((COPY, COPY)).reshape(2, -1)
# Lowest frequencies first, without the mean of the picture.
LOWEST = np.lexsort((_ROW, _ROW + _COLUMN))[1 : BITS + 1]


def fingerprint(picture):
    """The fingerprint of a picture (height, width) uint8: BITS / 8 bytes."""
    import cv2  # heavy, so only when it is needed

    copy = cv2.resize(picture, (COPY, COPY), interpolation=cv2.INTER_AREA)
    levels = cv2.dct(copy.astype(np.float32)).ravel()[LOWEST]
    return np.packbits(levels > np.median(levels)).tobytes()


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
        words = np.frombuffer(self._all, np.uint64).reshape(-1, BITS // 64)
        differ = np.bitwise_count(words[some] ^ np.frombuffer(new, np.uint64)).sum(axis=1)
        near = some[differ <= FEW]
        return int(near.min()) if len(near) else None

    def add(self, new):
        for key in _keys(new):
            if self._buckets[key] is None:
                self._buckets[key] = array("i")
            self._buckets[key].append(len(self))
        self._all += new


def _keys(fingerprint):
    """The number of the bucket for each piece of a fingerprint."""
    return np.frombuffer(fingerprint, PIECE) + np.arange(PIECES) * VALUES
