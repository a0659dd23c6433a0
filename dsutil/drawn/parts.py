"""The parts of a face, and a picture that remembers which of them each pixel shows.

The numbers of the first ten are those in the files of masks.
"""

import numpy as np

from dsutil.drawn.brush import Picture

BACKGROUND, SKIN, HAIR, BROWS, EYES, NOSE, MOUTH, GLASSES, HAT, CLOTHES, NECK = range(11)
# Groups of parts, for `PictureOfParts.shares`.
OF_MASKS = (*range(NECK), SKIN)
OF_HEADS = (0, *[1] * HAT, 2, 2)  # what is neither head nor background is 2


class PictureOfParts(Picture):
    """Pictures that know of each pixel, besides its tone, how much of it each part covers."""

    def __init__(self, tones, part):
        super().__init__(tones, part)
        self.layers = [(1, part)]

    def paint(self, cover, tone, part):
        super().paint(cover, tone, part)
        self.layers.append((cover, part))

    def lay(self, cover, picture):
        super().lay(cover, picture)
        self.layers.append((cover, picture))

    def mark(self, part, cover, *where):
        self.layers.append((cover(*where), part))

    def cut(self, where):
        """A copy of a part of each picture; `where` is an index of numbers of the tones."""
        part = PictureOfParts(self.tones[where], BACKGROUND)
        part.layers = [(np.broadcast_to(c, self.tones.shape)[where], p) for c, p in self.layers]
        return part

    def shares(self, groups):
        """How much of each pixel each group of parts covers.

        Args:
            groups: for each part the number of its group.

        Returns:
            (groups, pictures, height, width) float32.
        """
        shares = np.zeros((max(groups) + 1, *self.tones.shape), np.float32)
        seen = np.ones_like(self.tones)  # how much of a layer those before it let through
        for cover, part in reversed(self.layers):
            covered = seen * cover
            if isinstance(part, Picture):
                shares += covered * part.shares(groups)
            else:
                shares[groups[part]] += covered
            seen -= covered
        return shares
