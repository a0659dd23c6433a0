"""One photograph: its bytes may be anything; a face comes out upright, centred, or a reason."""

import os
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="needs the extra `photos`")
Image = pytest.importorskip("PIL.Image", reason="needs the extra `photos`")

import lfw_like  # noqa: E402

from dsutil.photos import photo  # noqa: E402

real = pytest.mark.skipif(
    not lfw_like.photographs(), reason="LABS_TEST_DATA names no folder with photos"
)


@pytest.fixture
def scene():
    """An RGB picture whose four quarters differ, so that a turn of it shows."""
    picture = np.zeros((80, 60, 3), np.uint8)
    picture[:40, :30] = 250, 20, 20
    picture[:40, 30:] = 20, 250, 20
    picture[40:, :30] = 20, 20, 250
    return Image.fromarray(picture)


def luma(red, green, blue):
    """ITU-R BT.601, what grey is in JPEG."""
    return 0.299 * red + 0.587 * green + 0.114 * blue


def reason(path, **options):
    with pytest.raises(photo.Unusable) as raised:
        photo.face(path, **options)
    assert "\n" not in str(raised.value)
    return raised.value.reason


# ---------------------------------------------------------------------------------------- decoding


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "webp", "tiff", "ppm", "gif"])
def test_every_format_gives_the_grey_of_the_colours(scene, tmp_path, suffix):
    path = tmp_path / f"scene.{suffix}"
    scene.save(path)
    levels = photo.decode(path)
    assert levels.shape == (80, 60)
    for (y, x), colour in {
        (20, 15): (250, 20, 20),
        (20, 45): (20, 250, 20),
        (60, 15): (20, 20, 250),
        (60, 45): (0, 0, 0),
    }.items():
        assert abs(int(levels[y, x]) - luma(*colour)) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff"])
def test_exif_orientation_is_obeyed(tmp_path, orientation, suffix):
    upright = np.zeros((64, 48), np.uint8)
    upright[:16], upright[:, :8] = 120, 240  # a dark F, nearly
    # EXIF 2.3: what the row 0 and the column 0 of the stored picture are in the upright one.
    stored = {
        1: upright,
        2: np.fliplr(upright),
        3: np.rot90(upright, 2),
        4: np.flipud(upright),
        5: upright.T,
        6: np.rot90(upright),
        7: np.rot90(upright, 2).T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    levels = photo.decode(path)
    assert levels.shape == upright.shape
    assert np.abs(levels.astype(int) - upright).mean() < 3


def test_cmyk_is_grey_as_its_colours_are(scene, tmp_path):
    scene.convert("CMYK").save(tmp_path / "cmyk.jpg")
    expected = luma(250, 20, 20)
    assert abs(int(photo.decode(tmp_path / "cmyk.jpg")[20, 15]) - expected) < 8


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits_are_scaled_to_8_and_not_cut(tmp_path, suffix):
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    Image.fromarray(ramp).save(tmp_path / f"deep.{suffix}")
    assert np.abs(photo.decode(tmp_path / f"deep.{suffix}") - ramp / 257).max() <= 0.51


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_what_is_transparent_is_white(tmp_path, mode):
    picture = Image.new("RGBA", (60, 60), (200, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 30, 60))
    options = {}
    if mode == "P":
        picture = Image.new("P", (60, 60), 1)
        picture.putpalette([0, 0, 0, 200, 0, 0])
        picture.paste(0, (0, 0, 30, 60))
        options = {"transparency": 1}
    elif mode == "PA":
        picture = picture.convert("RGBA")
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / "clear.png", **options)
    levels = photo.decode(tmp_path / "clear.png")
    assert levels[30, 10] == 0
    assert levels[30, 50] == 255


def test_the_first_picture_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("L", (50, 50), level) for level in (90, 200, 30)]
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    assert np.unique(photo.decode(tmp_path / "moves.gif")) == [90]


def test_a_large_jpeg_is_decoded_smaller(tmp_path):
    Image.new("RGB", (6400, 4800), "grey").save(tmp_path / "large.jpg")
    assert photo.decode(tmp_path / "large.jpg").shape == (1200, 1600)


# ----------------------------------------------------------------------------------- hostile input


def png_header(width, height):
    """A PNG that promises so many pixels and holds next to none."""

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def jpeg_header(tmp_path, width, height):
    """A JPEG whose header promises so many pixels."""
    Image.new("L", (64, 64)).save(tmp_path / "small.jpg")
    content = bytearray((tmp_path / "small.jpg").read_bytes())
    sizes = content.index(b"\xff\xc0") + 5
    content[sizes : sizes + 4] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize("side", [8_200, 50_000])  # a little more than MOST_PIXELS, and much
@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp"])
def test_a_header_of_too_many_pixels_is_refused_before_decoding(tmp_path, monkeypatch, kind, side):
    def decoded(*_):
        raise AssertionError("pixels were decoded")

    content = {
        "png": png_header(side, side),
        "jpeg": jpeg_header(tmp_path, side, side),
        "bmp": b"BM"
        + struct.pack("<IHHI", 99, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0),
    }[kind]
    (tmp_path / "huge").write_bytes(content)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    assert reason(tmp_path / "huge") == "too large"


def test_a_jpeg_cut_off_anywhere_is_no_picture_or_damaged(scene, tmp_path):
    scene.save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    for length in range(0, len(whole) - 2, 37):
        (tmp_path / "cut.jpg").write_bytes(whole[:length])
        assert reason(tmp_path / "cut.jpg", detect=False) in ("not a picture", "damaged")


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "tiff", "bmp"])
def test_bytes_changed_at_random_cost_no_more_than_the_picture(scene, tmp_path, suffix):
    scene.save(tmp_path / f"good.{suffix}")
    good = np.fromfile(tmp_path / f"good.{suffix}", np.uint8)
    random = np.random.default_rng(0)
    for _ in range(100):
        bad = good.copy()
        bad[random.integers(0, len(bad), 8)] = random.integers(0, 256, 8)
        bad.tofile(tmp_path / "bad")
        try:
            assert photo.face(tmp_path / "bad", detect=False).shape == (48, 48)
        except photo.Unusable:
            pass


NONE = f"it is none of {', '.join(photo.FORMATS)}"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "it is empty"),
        (b"\0" * 5000, NONE),
        (b"I am a text.\n" * 99, NONE),
        (b"%!PS-Adobe-3.0\n", NONE),
    ],
)
def test_what_is_no_picture_says_so(tmp_path, content, found):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(photo.Unusable) as raised:
        photo.face(path)
    assert str(raised.value) == f"{path}: not a picture: {found}"


def test_damaged_exif_is_passed_over(scene, tmp_path):
    scene.save(tmp_path / "x.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xee" * 40)
    assert photo.decode(tmp_path / "x.jpg").shape == (80, 60)


def test_a_folder_a_pipe_and_nothing_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "not a file"
    assert reason(tmp_path) in ("not a file", "unreadable")
    assert reason(tmp_path / "none.jpg") == "unreadable"


def test_a_picture_of_a_few_pixels_is_too_small(tmp_path):
    Image.new("L", (11, 300)).save(tmp_path / "x.png")
    assert reason(tmp_path / "x.png") == "too small"


def test_nothing_is_printed_of_bad_pictures(scene, tmp_path, capfd):
    scene.save(tmp_path / "x.jpg")
    whole = bytearray((tmp_path / "x.jpg").read_bytes())
    whole[-200:-100] = bytes(100)
    (tmp_path / "x.jpg").write_bytes(whole[:-30])
    (tmp_path / "y.png").write_bytes(png_header(300, 300))
    for name in ("x.jpg", "y.png"):
        with pytest.raises(photo.Unusable):
            photo.face(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_any_name_is_told_on_one_line_in_any_encoding(tmp_path):
    for name in ("Владимир.jpg", "a\nb\x1b[31m.jpg", os.fsdecode(b"\xff\xfe.jpg")):
        with pytest.raises(photo.Unusable) as raised:
            photo.face(tmp_path / name)
        text = str(raised.value)
        assert text.isprintable()
        text.encode()


PRINT_A_PATH = """
import os
from dsutil.photos.photo import printable
for path in (os.fsdecode(b"Jos\\xc3\\xa9_\\xff"), "Jos\\u00e9"):
    print(ascii(printable(path)))
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_path_is_the_same_text_in_every_locale(run_python, locale):
    variables = {"LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = run_python("-c", PRINT_A_PATH, **variables)
    assert ended.stdout.splitlines() == [r"'Jos\xe9_\\xff'", r"'Jos\xe9'"], ended.stderr


def test_the_reason_survives_the_way_between_processes():
    there = pickle.loads(pickle.dumps(photo.Unusable("x.jpg", "no face", "none")))
    assert (str(there), there.reason) == ("x.jpg: no face: none", "no face")


# -------------------------------------------------------------------------------- finding, cropping


def test_without_detection_the_centre_is_averaged(tmp_path):
    random = np.random.default_rng(0)
    levels = random.integers(0, 256, (144, 192), np.uint8)
    Image.fromarray(levels).save(tmp_path / "x.png")
    means = levels[:, 24:168].reshape(48, 3, 48, 3).mean(axis=(1, 3))
    assert np.abs(photo.face(tmp_path / "x.png", detect=False) - means).max() <= 0.51


@pytest.mark.parametrize("size", [32, 48, 96])
def test_the_result_has_the_size_that_is_asked_for(scene, tmp_path, size):
    scene.save(tmp_path / "x.png")
    face = photo.face(tmp_path / "x.png", size, detect=False)
    assert (face.shape, face.dtype) == ((size, size), np.uint8)


def test_in_backgrounds_no_face_is_found():
    random = np.random.default_rng(0)
    found = [
        photo.find(np.asarray(lfw_like.background(random, 250).convert("L"))) for _ in range(40)
    ]
    assert sum(square is not None for square in found) <= 1


def eyes_in_the_crop(picture, eyes):
    """Where the eyes (2, 2) of an image are in its crop, in sides of it; None if none is found."""
    square = photo.find(np.asarray(picture.convert("L")))
    if square is None:
        return None
    x, y, side = square
    return (eyes - (x, y)) / side + 0.5


@real
def test_eyes_are_centred_wherever_the_face_is():
    random = np.random.default_rng(11)
    crops = [
        eyes_in_the_crop(*lfw_like.pasted(path, random))
        for path in lfw_like.photographs()
        for _ in range(2)
    ]
    found = np.array([eyes for eyes in crops if eyes is not None])
    assert len(found) >= 0.9 * len(crops)
    off = np.abs(found.mean(axis=1) - (0.5, 0.43))
    assert np.median(off) < 0.03
    assert (off.max(axis=1) < 0.1).mean() >= 0.95


@real
def test_eyes_are_centred_in_a_large_picture():
    random = np.random.default_rng(12)
    crops = [
        eyes_in_the_crop(*lfw_like.pasted(path, random, 800, (150, 400)))
        for path in lfw_like.photographs()[::2]
    ]
    found = np.array([eyes for eyes in crops if eyes is not None])
    assert len(found) >= 0.85 * len(crops)
    assert (np.abs(found.mean(axis=1) - (0.5, 0.43)).max(axis=1) < 0.1).mean() >= 0.9


@real
def test_photographs_that_are_nearly_faces_are_used_and_their_eyes_centred():
    crops = [eyes_in_the_crop(*lfw_like.open_with_eyes(path)) for path in lfw_like.photographs()]
    found = np.array([eyes for eyes in crops if eyes is not None])
    assert len(found) >= 0.95 * len(crops)
    off = np.abs(found.mean(axis=1) - (0.5, 0.43))
    assert (off.max(axis=1) < 0.15).mean() >= 0.9
    apart = np.linalg.norm(found[:, 0] - found[:, 1], axis=1)
    assert ((apart > 0.2) & (apart < 0.6)).all()


@real
def test_faces_are_cropped_as_closely_as_those_of_the_data_sets():
    folder = Path(os.environ["LABS_TEST_DATA"], "faces")
    faces = np.fromfile(folder / "data_test600.bin", np.uint8).reshape(-1, 48, 48)
    random = np.random.default_rng(13)
    crops = []
    for face in faces[:120]:
        picture = np.array(lfw_like.background(random, 250).convert("L"))
        side = int(random.integers(90, 130))
        x, y = random.integers(0, 250 - side, 2)
        picture[y : y + side, x : x + side] = cv2.resize(face, (side, side))
        if square := photo.find(picture):
            middle = np.array(square[:2]) - (x, y)
            crops.append([*(middle / side - 0.5), square[2] / side])
    right, down, scale = np.median(crops, axis=0)
    assert len(crops) > 90
    assert abs(right) < 0.03
    assert -0.1 < down < 0  # the eyes a little nearer to the middle
    assert 1 < scale < 1.15  # a margin, and not much of it


@real
def test_of_two_faces_the_one_in_the_middle_is_taken_though_the_other_is_larger():
    path = lfw_like.photographs()[1]
    face, eyes = lfw_like.open_with_eyes(path)
    picture = Image.new("RGB", (900, 500), "grey")
    middle = (450 - face.width // 2, 250 - face.height // 2)
    picture.paste(face, middle)
    picture.paste(face.resize((face.width * 6 // 5, face.height * 6 // 5)), (10, 10))
    found = eyes_in_the_crop(picture, eyes + middle)
    assert np.abs(found.mean(axis=0) - (0.5, 0.43)).max() < 0.1
