"""Draws groups: scenes in which a person may be more than once, so that faces can be matched.

What is behind them, how many there are, how near and where is as in `dsutil.drawn.scenes`; the
persons are like those of `dsutil.drawn.persons`, and none of these.
"""

import numpy as np

from dsutil.columns import SCENE, SCENE_BOXES
from dsutil.drawn import persons
from dsutil.drawn.faces import blocks
from dsutil.drawn.random_bits import draw_bits, stream_key, uniform
from dsutil.drawn.scenes import BLOCK, ENDS, MOST, draw_block

AGAIN = 0.5  # how likely a face is that of somebody who is there already
NOBODY = -1


def draw(first, count, seed=0, stream="groups"):
    """Draw groups number `first` .. `first + count - 1` of an endless stream.

    Group i depends on (seed, stream, i) alone.

    Returns:
        images, boxes: (count, 96, 96) uint8 and (count, 5, 5) float32, as of `scenes.draw`.
        persons: (count, 5) int32, whose face is in each of the boxes; NOBODY where there is none.
    """
    key, who_key, identity_key = (
        stream_key(seed, name) for name in (stream, f"{stream}: together", f"{stream}: who")
    )
    images = np.empty((count, *SCENE.shape), np.uint8)
    boxes = np.empty((count, *SCENE_BOXES.shape), np.float32)
    found = np.empty((count, MOST), np.int32)
    for block, numbers in blocks(first, count, BLOCK):
        whose = numbers[:, None] * MOST + companions(draw_bits(who_key, numbers, MOST))
        identity = draw_bits(identity_key, whose.ravel(), persons.IDENTITY_DRAWS)
        images[block], boxes[block], found[block] = gathered(
            draw_bits(key, numbers, ENDS[-1]), whose, identity
        )
    return images, boxes, found


def companions(bits):
    """Which of a group's persons each face is of, (groups, MOST), by random words of this shape."""
    chance = uniform(bits)
    who = np.tile(np.arange(MOST, dtype=np.uint64), (len(bits), 1))
    for place in range(1, MOST):
        earlier = np.minimum(chance[:, place] / np.float32(AGAIN) * place, place - 1)
        again = who[np.arange(len(bits)), earlier.astype(np.intp)]
        who[:, place] = np.where(chance[:, place] < AGAIN, again, who[:, place])
    return who


def gathered(bits, whose, identity):
    """Images, boxes and persons of groups.

    Args:
        bits: (groups, ENDS[-1]) random words of the scenes.
        whose: (groups, MOST), numbers of the persons.
        identity: (groups * MOST, IDENTITY_DRAWS) random words of each.
    """

    def cast(bits):
        woman, face = persons.cast(bits, identity)
        return woman, face | {"person": whose.reshape(-1, 1, 1)}

    images, boxes, _, crowd = draw_block(bits, cast)
    person = crowd.face["person"][..., 0, 0].astype(np.int32)
    return images, boxes, np.where(crowd.there, person, NOBODY)
