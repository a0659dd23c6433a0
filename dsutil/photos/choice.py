"""Which pictures are kept: those with a face that is not nearly the same as another's."""

from dsutil.photos.journal import KEPT
from dsutil.photos.left_out import leave_out
from dsutil.photos.near_duplicates import Fingerprints


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
            leave_out(self.left_out, reason, path)
            return
        same = self._fingerprints.near(fingerprint)
        if same is not None:
            other = self._listing.paths[self.kept[same]]
            leave_out(self.left_out, "nearly the same as another", path, other)
            return
        self._fingerprints.add(fingerprint)
        self.kept.append(number)
