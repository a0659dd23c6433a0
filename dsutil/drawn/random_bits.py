"""Counter-based random numbers: every number is a hash of where it is used.

A draw is named by (stream key, item number, draw number) and depends on nothing else, so items can
be made in any order, in any chunks, on any thread. `numpy.random` is not used: NumPy does not
promise that its methods give the same numbers in the next version. Whole-number hashing does.
"""

import numpy as np

WORD = 2**64 - 1
ITEM_STEP = 0x9E3779B97F4A7C15  # odd 64-bit constants: multiples of them never meet
DRAW_STEP = 0xD1B54A32D192ED03


def mix(words):
    """Scramble uint64 `words` (any shape) in place: the finaliser of SplitMix64."""
    words ^= words >> 30
    words *= 0xBF58476D1CE4E5B9
    words ^= words >> 27
    words *= 0x94D049BB133111EB
    words ^= words >> 31
    return words


def stream_key(seed, name):
    """The whole number below 2**64 that sets stream `name` of `seed` apart (FNV-1a hash)."""
    key = 0xCBF29CE484222325
    for byte in f"{seed}/{name}".encode():
        key = ((key ^ byte) * 0x100000001B3) & WORD
    return key


def draw_bits(key, items, draws):
    """Random uint64 words (len(items), draws), one row for each item number."""
    rows = mix(np.asarray(items, np.uint64)[:, None] * ITEM_STEP + key)
    return mix(rows + np.arange(1, draws + 1, dtype=np.uint64) * DRAW_STEP)


def uniform(bits):
    """Float32 in [0, 1) from the top 24 bits of each word: as many as a float32 holds."""
    return (bits >> 40).astype(np.float32) * np.float32(2**-24)


def normal(bits):
    """Float32 with mean 0 and deviation 1: the sum of the four 16-bit numbers in each word.

    Nearly bell-shaped, and never beyond 3.5. No logarithm or cosine, which differ between machines.
    """
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (total.astype(np.float32) - 131070) * np.float32(3**0.5 / 65536)
