"""Draws scenes: no to five faces, near and far, before walls with things that are no faces.

The nearest face is the first. A face that nearer ones hide by more than a half is left out.
"""

import itertools
from typing import NamedTuple

import numpy as np

from dsutil.columns import SCENE, SCENE_BOXES
from dsutil.drawn import things, window
from dsutil.drawn.brush import CLOUD, make_cloud
from dsutil.drawn.faces import blocks, develop, paint_backdrop, paint_face
from dsutil.drawn.parts import BACKGROUND, OF_HEADS, PictureOfParts
from dsutil.drawn.pose import head_grid, pixel_grid
from dsutil.drawn.random_bits import draw_bits, normal, stream_key, uniform
from dsutil.drawn.traits import LABEL_DRAWS, TRAIT_DRAWS, draw_traits, evenly, is_woman
from dsutil.drawn.worn import paint_bust

SIDE = SCENE.shape[0]
MOST = SCENE_BOXES.most
BLOCK = 48  # scenes drawn together
TOGETHER = 24  # heads painted together: about as many pixels as `faces` draws together

# What a scene is like: name -> (lowest, highest).
SETTING = {
    "backdrop": (0.1, 0.9),
    "backdrop_slope_x": (-0.4, 0.4),
    "backdrop_slope_y": (-0.4, 0.4),
    "backdrop_texture": (0.0, 0.5),
    "shape_x": (-48.0, 48.0),
    "shape_size": (4.0, 40.0),
    "shape_tone": (0.0, 1.0),
    "light_x": (-0.8, 0.8),
    "light_y": (-0.9, 0.0),
    "ambient": (0.35, 0.65),
    "exposure": (90.0, 155.0),
    "contrast": (42.0, 64.0),
    "blur": (0.0, 0.6),
    "noise": (0.5, 5.0),
}
LIGHT = ("light_x", "light_y", "ambient")  # falls on all that is in the scene
HOW_MANY = (0.12, 0.22, 0.22, 0.18, 0.14, 0.12)  # share of scenes with 0, 1, ... faces at most
NEAREST, FARTHEST = 20.0, 5.6  # half face widths in pixels; a head is 2.6 of them high

THINGS = 4  # at most
THING = {  # name -> (lowest, highest); places in pixels from the middle
    "x": (-48.0, 48.0),
    "y": (-48.0, 48.0),
    "size": (4.0, 15.0),
    "tone": (0.0, 1.0),
    "other_tone": (0.0, 1.0),
    "turn": (-1.0, 1.0),
    "phase": (-1.0, 1.0),
}
NO_THING = 0.35  # share of their places that stay empty

TRIES = 12  # places that are tried for a face before it is left out
FACE_DRAWS = LABEL_DRAWS + TRAIT_DRAWS + 1 + 2 * TRIES
THING_DRAWS = 1 + len(THING)
DRAWS = (len(SETTING), 1, THINGS * THING_DRAWS, MOST * FACE_DRAWS, CLOUD * CLOUD, SIDE * SIDE)
ENDS = tuple(itertools.accumulate(DRAWS))


class Crowd(NamedTuple):
    """The faces of some scenes, the nearest first; what is missing comes last.

    Attributes:
        there: (scenes, MOST) bool, whether there is such a face.
        woman: (scenes, MOST) bool.
        face: traits, a dict of (scenes, MOST, 1, 1) float32.
    """

    there: np.ndarray
    woman: np.ndarray
    face: dict

    def in_order(self, order):
        """The same with the faces of each scene in another order, (scenes, MOST)."""
        return Crowd(
            np.take_along_axis(self.there, order, 1),
            np.take_along_axis(self.woman, order, 1),
            {
                name: np.take_along_axis(values, order[:, :, None, None], 1)
                for name, values in self.face.items()
            },
        )

    def of(self, scenes):
        """The same of some of the scenes, which are numbers."""
        face = {name: values[scenes] for name, values in self.face.items()}
        return Crowd(self.there[scenes], self.woman[scenes], face)

    def without(self, left_out):
        """The same without some faces, (scenes, MOST) bool."""
        there = self.there & ~left_out
        return self._replace(there=there).in_order(np.argsort(~there, axis=1, kind="stable"))

    def members(self, place):
        """Yields the numbers of scenes that have a face at a place, and the traits of those faces.

        Faces of about the same size come together.
        """
        rows = np.flatnonzero(self.there[:, place])
        rows = rows[np.argsort(self.face["size"][rows, place, 0, 0], kind="stable")]
        for begin in range(0, len(rows), TOGETHER):
            some = rows[begin : begin + TOGETHER]
            yield some, {name: values[some, place] for name, values in self.face.items()}


def draw(first, count, seed=0, stream="scenes"):
    """Draw scenes number `first` .. `first + count - 1` of an endless stream.

    Scene i depends on (seed, stream, i) alone.

    Returns:
        images: (count, 96, 96) uint8, 0 black.
        boxes: (count, 5, 5) float32, as `dsutil.SCENE_BOXES` has them: about the whole head with
            ears, hair, hat and glasses, also what other faces hide of it, cut at the border.
        instances: (count, 96, 96) uint8, for each pixel 0, or 1 and the place in `boxes` of the
            face whose head it shows.
    """
    key = stream_key(seed, stream)
    images, instances = (np.empty((count, SIDE, SIDE), np.uint8) for _ in range(2))
    boxes = np.empty((count, *SCENE_BOXES.shape), np.float32)
    for block, numbers in blocks(first, count, BLOCK):
        bits = draw_bits(key, numbers, ENDS[-1])
        images[block], boxes[block], instances[block], _ = draw_block(bits)
    return images, boxes, instances


def strangers(bits):
    """Who is a woman, (faces,) of bool, and the traits, of random words (faces, FACE_DRAWS)."""
    woman = is_woman(bits)
    return woman, draw_traits(bits[:, LABEL_DRAWS : LABEL_DRAWS + TRAIT_DRAWS], woman)


def draw_block(bits, cast=strangers):
    """Draw one scene for each row of random words.

    Args:
        bits: (scenes, ENDS[-1]) random words.
        cast: says whose faces they are, as `strangers` does.

    Returns:
        Images, boxes and instances as of `draw`, and the `Crowd`.
    """
    setting_bits, many_bits, thing_bits, face_bits, cloud_bits, grain_bits = np.split(
        bits, ENDS[:-1], axis=1
    )
    setting = evenly(SETTING, setting_bits)
    grain = normal(grain_bits).reshape(-1, SIDE, SIDE)
    cloud = make_cloud(uniform(cloud_bits).reshape(-1, CLOUD, CLOUD), SIDE)
    room = paint_backdrop(setting, cloud)
    paint_things(room, setting, thing_bits.reshape(-1, THINGS, THING_DRAWS))
    face_bits = face_bits.reshape(-1, MOST, FACE_DRAWS)
    crowd = gather(setting, many_bits, face_bits, cast)
    painted = tones, boxes, instances, pixels = paint_crowd(room, crowd, cloud, grain)
    while (hidden := mostly_hidden(instances, pixels)).any():
        crowd = crowd.without(hidden)
        some = np.flatnonzero(hidden.any(axis=1))
        again = paint_crowd(room[some], crowd.of(some), cloud[some], grain[some])
        for of_all, of_some in zip(painted, again, strict=True):
            of_all[some] = of_some
    return develop(tones, setting, grain), boxes, instances, crowd


def paint_things(room, setting, bits):
    """Paint balls, clocks, plants, ... onto the walls, (scenes, SIDE, SIDE), in place."""
    right, down = pixel_grid(SIDE)
    for place in range(THINGS):
        thing = evenly(THING, bits[:, place, 1:])
        x, y = (right - thing["x"]) / thing["size"], (down - thing["y"]) / thing["size"]
        kind = (uniform(bits[:, place, 0]) - NO_THING) / (1 - NO_THING) * len(things.KINDS)
        for number, paint_thing in enumerate(things.KINDS):
            rows = np.flatnonzero(np.floor(kind) == number)
            if len(rows):
                one = {name: values[rows] for name, values in {**setting, **thing}.items()}
                tones = room[rows]
                paint_thing(tones, one, x[rows], y[rows])
                room[rows] = tones


def gather(setting, many_bits, bits, cast=strangers):
    """The `Crowd` of each scene, placed so that nearer faces hide no more than a part of others.

    Args:
        setting: of the scenes.
        many_bits: (scenes, 1) random words that say how many faces there are.
        bits: (scenes, MOST, FACE_DRAWS) random words of each face.
        cast: says whose faces they are, as `strangers` does.
    """
    _, size_bits, place_bits = np.split(bits, np.array([-1 - 2 * TRIES, -2 * TRIES]), 2)
    woman, flat = cast(bits.reshape(-1, FACE_DRAWS))
    face = {name: values.reshape(-1, MOST, 1, 1) for name, values in flat.items()}
    for name in LIGHT:
        face[name] = np.repeat(setting[name][:, None], MOST, axis=1)
    near = uniform(size_bits)
    face["size"] = (FARTHEST + (NEAREST - FARTHEST) * near * near)[..., None]
    there = np.arange(MOST) < how_many(uniform(many_bits))
    nearest_first = np.argsort(-np.where(there, face["size"][..., 0, 0], 0), 1, kind="stable")
    crowd = Crowd(there, woman.reshape(-1, MOST), face).in_order(nearest_first)
    return place_faces(crowd, 2 * uniform(place_bits).reshape(-1, MOST, TRIES, 2) - 1)


def how_many(chance):
    """How many faces a scene has, by `chance` in [0, 1)."""
    number, reached = np.zeros(chance.shape, np.intp), 0.0
    for share in HOW_MANY[:-1]:
        reached += share
        number += chance >= np.float32(reached)
    return number


def place_faces(crowd, tries):
    """Give each face the first of its places where nearer ones leave enough of it to be seen.

    Args:
        crowd: a `Crowd`.
        tries: (scenes, MOST, TRIES, 2), places x and y in [-1, 1), -1 left and above.

    Returns:
        The crowd, without those for which there is no place.
    """
    size = crowd.face["size"][..., 0]
    x, y = tries[..., 0] * (SIDE / 2 - 0.7 * size), tries[..., 1] * (SIDE / 2 - 1.1 * size)
    left_out = np.zeros_like(crowd.there)
    for far in range(MOST):
        free = np.ones(x[:, far].shape, bool)
        for near in range(far):
            seen = is_seen(
                x[:, far] - x[:, near, :1], y[:, far] - y[:, near, :1], size[:, near], size[:, far]
            )
            free &= seen | left_out[:, near, None]
        first = np.argmax(free, axis=1)[:, None]
        left_out[:, far] = ~free.any(axis=1)
        x[:, far, :1] = np.take_along_axis(x[:, far], first, 1)
        y[:, far, :1] = np.take_along_axis(y[:, far], first, 1)
    crowd.face.update(center_x=x[:, :, :1, None], center_y=y[:, :, :1, None])
    return crowd.without(left_out)


def is_seen(right, down, near, far):
    """Whether most of a far head shows beside a near one, about, and above the shoulders below it.

    Args:
        right, down: from the near head to the far one, in pixels.
        near, far: their `size`.
    """
    apart = 1.2 * near + 0.7 * far
    beside_head = right * right + down * down > apart * apart
    beside_body = (np.abs(right) > 1.75 * near + 0.5 * far) | (down < 1.2 * near - 0.5 * far)
    return beside_head & beside_body


def paint_crowd(room, crowd, cloud, grain):
    """Paint the faces of each scene, the farthest first.

    Args:
        room: (scenes, SIDE, SIDE) tones of what is behind them.
        crowd: a `Crowd`.
        cloud, grain: textures, (scenes, SIDE, SIDE).

    Returns:
        The tones, boxes and instances as of `draw`, and how many pixels each whole head has,
        (scenes, MOST).
    """
    tones, instances = room.copy(), np.zeros(room.shape, np.uint8)
    boxes = np.zeros((len(room), *SCENE_BOXES.shape), np.float32)
    pixels = np.zeros((len(room), MOST), np.int64)
    for place in reversed(range(MOST)):
        for rows, face in crowd.members(place):
            body = PictureOfParts(tones[rows], BACKGROUND)
            paint_bust(body, face, *head_grid(face, *pixel_grid(SIDE)))
            tones[rows] = body.tones
            instances[rows] *= body.shares(OF_HEADS)[0] >= 0.5
            lines, columns = window.around(face, SIDE)
            here = rows[:, None, None], lines, columns
            picture = body.cut((np.arange(len(rows))[:, None, None], lines, columns))
            grid = head_grid(face, *window.grid(lines, columns, SIDE))
            paint_face(picture, face, *grid, cloud[here], grain[here])
            tones[here] = picture.tones
            background, head, _ = picture.shares(OF_HEADS)
            head = head > 0.5
            instances[here] *= background >= 0.5
            instances[here] = np.where(head, place + 1, instances[here])
            corner = np.concatenate([columns[:, 0, :1], lines[:, :1, 0]], axis=1)
            boxes[rows, place, :4] = tight_boxes(head) + np.tile(corner, 2)
            boxes[rows, place, 4] = 1 + crowd.woman[rows, place]
            pixels[rows, place] = np.count_nonzero(head, axis=(1, 2))
    return tones, boxes, instances, pixels


def tight_boxes(head):
    """Left, top, right and bottom (heads, 4) of the pixels (heads, SIDE, SIDE) that are True."""
    columns, lines = head.any(axis=1), head.any(axis=2)
    first = [np.argmax(some, axis=1) for some in (columns, lines)]
    last = [some.shape[1] - np.argmax(some[:, ::-1], axis=1) for some in (columns, lines)]
    return np.stack(first + last, axis=1)


def mostly_hidden(instances, pixels):
    """Of which heads less than a half is to be seen, (scenes, MOST) bool."""
    seen = [np.count_nonzero(instances == place + 1, axis=(1, 2)) for place in range(MOST)]
    return 2 * np.stack(seen, axis=1) < pixels
