"""The random stream against whole-number arithmetic in plain Python."""

import math

import numpy as np
import pytest

from dsutil.drawn.random_bits import draw_bits, mix, normal, stream_key, uniform

MASK = (1 << 64) - 1


def fnv_1a(text):
    """The 64-bit hash of Fowler, Noll and Vo."""
    value = 14695981039346656037
    for byte in text.encode():
        value = (value ^ byte) * 1099511628211 & MASK
    return value


def split_mix(word):
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & MASK
    word = (word ^ word >> 27) * 0x94D049BB133111EB & MASK
    return word ^ word >> 31


def bits_of(key, item, draw):
    """Word number `draw`, counted from 1, of item number `item`."""
    row = split_mix(item * 0x9E3779B97F4A7C15 + key & MASK)
    return split_mix(row + draw * 0xD1B54A32D192ED03 & MASK)


def words(*values):
    return np.array(values, np.uint64)


def test_mix_gives_the_published_numbers_of_split_mix_64():
    gamma = 0x9E3779B97F4A7C15
    numbers = mix(words(gamma, 2 * gamma & MASK, 3 * gamma & MASK))
    assert numbers.tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@pytest.mark.parametrize(("seed", "name"), [(0, "train"), (0, "test"), (12, ""), (-1, "é")])
def test_a_stream_is_the_fnv_1a_hash_of_seed_and_name(seed, name):
    assert fnv_1a("foobar") == 0x85944171F73967E8  # published
    assert stream_key(seed, name) == fnv_1a(f"{seed}/{name}")


@pytest.mark.parametrize("key", [0, 1, MASK, fnv_1a("0/train")])
def test_every_word_is_a_hash_of_stream_item_and_draw(key):
    items = [0, 1, 2, 99_999, 2**63, MASK]
    expected = [[bits_of(key, item, draw) for draw in range(1, 6)] for item in items]
    bits = draw_bits(key, words(*items), 5)
    assert bits.dtype == np.uint64
    assert bits.tolist() == expected


def test_uniform_is_the_top_24_bits_as_a_fraction():
    values = uniform(words(0, 2**40 - 1, 2**40, 2**63, MASK))
    assert values.dtype == np.float32
    assert values.tolist() == [0, 0, 2**-24, 0.5, 1 - 2**-24]


@pytest.mark.parametrize("word", [0, MASK, 0x0001_0203_0405_0607, 0xFFFF, 0xFFFF << 48])
def test_normal_is_the_sum_of_four_16_bit_numbers_brought_to_mean_0_and_deviation_1(word):
    total = sum(word >> shift & 0xFFFF for shift in (0, 16, 32, 48))
    mean = 4 * 65535 / 2
    deviation = math.sqrt(4 * (65536**2 - 1) / 12)  # of four even draws from 0..65535
    value = normal(words(word))
    assert value.dtype == np.float32
    assert value[0] == pytest.approx((total - mean) / deviation, rel=1e-6)
    assert abs(value[0]) < 3.5


def test_the_numbers_have_the_moments_they_promise():
    bits = draw_bits(stream_key(0, "train"), np.arange(1000), 200)
    even, bell = uniform(bits).astype(float), normal(bits).astype(float)
    assert abs(even.mean() - 1 / 2) < 5 * math.sqrt(1 / 12 / even.size)
    assert abs(bell.mean()) < 5 / math.sqrt(bell.size)
    assert bell.std() == pytest.approx(1, abs=0.01)


def test_neighbours_are_not_alike():
    even = uniform(draw_bits(stream_key(0, "train"), np.arange(1000), 200)).astype(float)
    for one, other in ((even[1:], even[:-1]), (even[:, 1:], even[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 5 / math.sqrt(one.size)
