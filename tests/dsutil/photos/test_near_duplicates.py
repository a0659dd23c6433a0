"""Fingerprints: the same picture written anew or mirrored is found, another one is not."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra `photos`")
Image = pytest.importorskip("PIL.Image", reason="needs the extra `photos`")

import lfw_like  # noqa: E402
from PIL import ImageOps  # noqa: E402

from dsutil.drawn import faces  # noqa: E402
from dsutil.photos.near_duplicates import BITS, FEW, Fingerprints, fingerprint  # noqa: E402


def differ(one, other):
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def mirrored(one):
    """The fingerprint of the mirrored picture: the second half's bits are the opposite."""
    return (int.from_bytes(one, "big") ^ (2 ** (BITS // 2) - 1)).to_bytes(BITS // 8, "big")


def near(one, other):
    return min(differ(one, other), differ(one, mirrored(other))) <= FEW


def found(picture, again):
    """Whether the second picture, (height, width), is found when the first one is there."""
    known = Fingerprints()
    known.add(fingerprint(picture))
    return known.near(fingerprint(again)) == 0


def grey(picture):
    return np.asarray(picture.convert("L"))


def compressed(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, "jpeg", quality=quality)
    return Image.open(buffer)


def written_anew(picture):
    yield compressed(picture, 60)
    yield picture.resize((picture.width // 2, picture.height // 2), Image.LANCZOS)
    yield picture.resize((picture.width * 3 // 2, picture.height * 3 // 2), Image.BICUBIC)
    yield picture.point(lambda level: level * 0.85 + 10)
    small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3), Image.LANCZOS)
    yield compressed(small.point(lambda level: level * 0.85 + 10), 60)


@pytest.mark.skipif(not lfw_like.photographs(), reason="LABS_TEST_DATA names no photos")
@pytest.mark.parametrize("turn", [lambda picture: picture, ImageOps.mirror], ids=["", "mirrored"])
def test_a_picture_compressed_resized_or_brightened_is_nearly_the_same(turn):
    random = np.random.default_rng(0)
    of_all = [
        found(grey(picture), grey(again))
        for path in lfw_like.photographs()
        for picture in [lfw_like.pasted(path, random)[0]]
        for again in written_anew(turn(picture))
    ]
    assert np.mean(of_all) >= 0.95


def test_mirroring_turns_every_bit_of_the_second_half_and_none_of_the_first():
    picture = np.random.default_rng(0).integers(0, 256, (64, 96), np.uint8)
    assert fingerprint(picture[:, ::-1].copy()) == mirrored(fingerprint(picture))


def test_a_picture_upside_down_is_another_one():
    picture = np.random.default_rng(0).integers(0, 256, (64, 96), np.uint8)
    assert not found(picture, picture[::-1].copy())


def count_near(images):
    """How many pairs of images (n, 2304) are nearly the same, by comparing all of them."""

    def words(some):
        return np.array([np.frombuffer(fingerprint(image), np.uint64) for image in some])

    faces = np.ascontiguousarray(images).reshape(-1, 48, 48)
    as_it_is, turned = words(faces), words(faces[:, :, ::-1].copy())
    pairs = np.triu_indices(len(faces), 1)
    return sum(
        (np.bitwise_count(as_it_is[:, None] ^ other).sum(axis=2)[pairs] <= FEW).sum()
        for other in (as_it_is, turned)
    )


def test_drawn_faces_are_all_different():
    assert count_near(faces.draw(0, 2000, 0, "train")[0]) <= 2


@pytest.mark.skipif(not lfw_like.photographs(), reason="LABS_TEST_DATA names no photos")
def test_the_faces_of_different_people_are_not_taken_for_each_other():
    path = Path(os.environ["LABS_TEST_DATA"], "faces", "data_1k.bin")
    assert count_near(np.fromfile(path, np.uint8)) <= 1  # one photograph is there twice


def test_what_differs_in_few_bits_is_found_as_by_comparing_all_pairs():
    random = np.random.default_rng(0)
    originals = random.integers(0, 256, (300, BITS // 8), np.uint8)
    known, there = Fingerprints(), []
    for original in originals:
        known.add(original.tobytes())
        there.append(original.tobytes())
    for trial in range(1200):
        bits = np.unpackbits(originals[random.integers(300)])
        bits[random.choice(BITS, trial % 12, replace=False)] ^= 1
        new = np.packbits(bits).tobytes()
        if trial % 2:
            new = mirrored(new)
        expected = [i for i, old in enumerate(there) if near(old, new)]
        assert known.near(new) == (expected[0] if expected else None)


def test_nothing_is_near_when_there_is_nothing():
    assert Fingerprints().near(bytes(BITS // 8)) is None
