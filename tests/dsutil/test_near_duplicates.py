"""Fingerprints: the same picture written anew is found, another one is not."""

import io

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra `photos`")
Image = pytest.importorskip("PIL.Image", reason="needs the extra `photos`")

import lfw_like  # noqa: E402

from dsutil import faces  # noqa: E402
from dsutil.near_duplicates import BITS, FEW, Fingerprints, fingerprint  # noqa: E402


def differ(one, other):
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


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


@pytest.mark.skipif(not lfw_like.photographs(), reason="LABS_TEST_DATA names no photos")
def test_a_picture_compressed_resized_or_brightened_is_nearly_the_same():
    random = np.random.default_rng(0)
    near = [
        differ(fingerprint(grey(picture)), fingerprint(grey(again))) <= FEW
        for path in lfw_like.photographs()
        for picture in [lfw_like.pasted(path, random)[0]]
        for again in written_anew(picture)
    ]
    assert np.mean(near) >= 0.95


def test_drawn_faces_are_all_different():
    images, _ = faces.draw(0, 2000, 0, "train")
    words = np.array([np.frombuffer(fingerprint(i.reshape(48, 48)), np.uint64) for i in images])
    bits = np.bitwise_count(words[:, None] ^ words[None]).sum(axis=2)
    assert (bits[np.triu_indices(2000, 1)] <= FEW).sum() <= 2


def test_what_differs_in_few_bits_is_found_as_by_comparing_all_pairs():
    random = np.random.default_rng(0)
    originals = random.integers(0, 256, (300, BITS // 8), np.uint8)
    known, there = Fingerprints(), []
    for original in originals:
        known.add(original.tobytes())
        there.append(original.tobytes())
    for trial in range(600):
        bits = np.unpackbits(originals[random.integers(300)])
        bits[random.choice(BITS, trial % 12, replace=False)] ^= 1
        new = np.packbits(bits).tobytes()
        near = [i for i, old in enumerate(there) if differ(old, new) <= FEW]
        assert known.near(new) == (near[0] if near else None)


def test_nothing_is_near_when_there_is_nothing():
    assert Fingerprints().near(bytes(BITS // 8)) is None
