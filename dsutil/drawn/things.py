"""Things that are no faces: what hangs on walls, stands about and flies in drawn scenes.

Each is painted with `x` to the right and `y` down from its middle, in its own half widths. A thing
is a dict of (things, 1, 1) float32: `size` pixels of half its width, `tone` and `other_tone` from 0
black to 1 white, `turn` and `phase` in [-1, 1), and the scene's `light_x` and `light_y`.
"""

import numpy as np

from dsutil.drawn.brush import oval, paint, ramp, wave


def paint_ball(tones, thing, x, y):
    """A shaded ball."""
    _paint_round(tones, thing, x, y, 1.0)


def paint_balloon(tones, thing, x, y):
    """A balloon on its string: as long as a head."""
    string = np.abs(x - 0.06 * wave(0.4 * y + thing["phase"])) * thing["size"]
    paint(tones, ramp(0.5 - string) * (y > 1.2) * (y < 4), thing["other_tone"])
    _paint_round(tones, thing, x, y, 1.25)


def _paint_round(tones, thing, x, y, height):
    square = oval(x, y, 0, 0, 1, height)
    light_x, light_y = thing["light_x"], thing["light_y"]
    facing = np.sqrt(np.maximum(1 - square, 0)) + x * light_x + y / height * light_y
    light = np.maximum(facing, 0) / np.sqrt(1 + light_x * light_x + light_y * light_y)
    gloss = light * light * light * light
    cover = ramp((1 - np.sqrt(square)) * thing["size"])
    paint(tones, cover, thing["tone"] * (0.35 + 0.65 * light) + 0.3 * gloss * gloss)


def paint_stripes(tones, thing, x, y):
    """A cloth or board with slanted stripes of two tones."""
    inside = np.minimum(1 - np.abs(x), 1.3 - np.abs(y)) * thing["size"]
    band = wave(1.5 * x + thing["turn"] * y + thing["phase"]) * thing["size"] * 0.17
    stripe = thing["tone"] + ramp(band) * (thing["other_tone"] - thing["tone"])
    paint(tones, ramp(inside), stripe)


def paint_clock(tones, thing, x, y):
    """A round clock with four marks and two hands."""
    size = thing["size"]
    radius = np.sqrt(oval(x, y, 0, 0, 1, 1))
    dark = 0.3 * thing["other_tone"]
    paint(tones, ramp((1 - radius) * size), dark)
    paint(tones, ramp((0.86 - radius) * size), 0.55 + 0.4 * thing["tone"])
    across, down = np.abs(x), np.abs(y)
    long, short = np.maximum(across, down), np.minimum(across, down)
    mark = np.minimum(0.05 - short, 0.1 - np.abs(long - 0.7))
    paint(tones, ramp(mark * size), dark)
    for length, turn in ((0.45, thing["turn"]), (0.65, 3 * thing["phase"])):
        square = turn * turn
        cosine, sine = (1 - square) / (1 + square), 2 * turn / (1 + square)
        along, beside = x * cosine + y * sine, np.abs(y * cosine - x * sine)
        hand = np.minimum(0.06 - beside, np.minimum(along + 0.1, length - along))
        paint(tones, ramp(hand * size), dark)


def paint_window(tones, thing, x, y):
    """A window: four panes in a frame, with the sky's brightness behind them."""
    size = thing["size"]
    outer = np.minimum(1 - np.abs(x), 1.3 - np.abs(y))
    paint(tones, ramp(outer * size), 0.4 * thing["other_tone"] + 0.2)
    pane = np.minimum(np.minimum(np.abs(x), np.abs(y)) - 0.07, outer - 0.14)
    paint(tones, ramp(pane * size), 0.6 + 0.4 * thing["tone"] - 0.12 * y)


def paint_plant(tones, thing, x, y):
    """A pot with leaves that fan out."""
    leaf_tone = 0.1 + 0.35 * thing["tone"]
    for turn in (-0.75, 0.75, -0.4, 0.4, 0.0):
        turn = turn + 0.1 * thing["turn"]
        square = turn * turn
        cosine, sine = (1 - square) / (1 + square), 2 * turn / (1 + square)
        along, beside = (0.5 - y) * cosine + x * sine, x * cosine - (0.5 - y) * sine
        leaf = oval(along, beside, 0.8, 0, 0.75, 0.2)
        vein = 0.75 + 0.8 * np.minimum(np.abs(beside), 0.3)
        paint(tones, ramp((1 - leaf) * thing["size"] * 0.12), leaf_tone * vein)
    side = 0.55 - 0.2 * (y - 0.5) - np.abs(x)
    pot = np.minimum(side, np.minimum(y - 0.5, 1.4 - y))
    paint(tones, ramp(pot * thing["size"]), thing["other_tone"] * (0.8 - 0.4 * x))


KINDS = (paint_ball, paint_balloon, paint_stripes, paint_clock, paint_window, paint_plant)
