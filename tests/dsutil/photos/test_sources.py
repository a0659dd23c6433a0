"""Which layout a folder has, and who is on each picture and of which class."""

import os

import pytest

pytest.importorskip("nomquamgender", reason="needs the extra `photos`")

from dsutil.errors import InputError
from dsutil.photos import first_names, sources


@pytest.fixture
def folder(tmp_path):
    """A function that makes a source of empty files."""

    def make(*paths):
        for path in paths:
            file = tmp_path / "source" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return tmp_path / "source"

    return make


def kinds(source):
    return {photo.path: photo.kind for photo in source.photos() if not photo.reason}


def reasons(source):
    return {photo.path: photo.reason for photo in source.photos() if photo.reason}


def test_a_folder_for_each_class_in_any_case(folder):
    source = sources.Source(folder("Man/a.jpg", "FEMALE/b.jpg", "male/c/d.jpg", "woman/é.jpg"))
    assert source.layout == "a folder for each class"
    assert kinds(source) == {"Man/a.jpg": 0, "male/c/d.jpg": 0, "FEMALE/b.jpg": 1, "woman/é.jpg": 1}


def test_a_folder_beside_the_classes_is_left_out(folder):
    source = sources.Source(folder("man/a.jpg", "others/b.jpg"))
    assert reasons(source) == {"others/b.jpg": "in no class's folder"}


def test_a_folder_for_each_person_goes_by_the_first_name(folder):
    source = sources.Source(
        folder("George_W_Bush/1.jpg", "Serena_Williams/1.jpg", "Jean_Rondeau/1.jpg", "Xq_Zz/1.jpg")
    )
    assert source.layout == "a folder for each person"
    assert kinds(source) == {"George_W_Bush/1.jpg": 0, "Serena_Williams/1.jpg": 1}
    assert set(reasons(source)) == {"Jean_Rondeau/1.jpg", "Xq_Zz/1.jpg"}


@pytest.mark.parametrize(
    "content",
    ["0000045 Mary_Jones\n0000099\tJohn Smith\n", "\ufeff45\tMary Jones\r\n\r\n99 John_Smith"],
)
def test_a_folder_for_each_number_with_a_file_of_names(folder, tmp_path, content):
    (tmp_path / "names.txt").write_bytes(content.encode())
    root = folder("0000045/001.jpg", "0000099/001.jpg", "0000100/001.jpg")
    source = sources.Source(root, tmp_path / "names.txt")
    assert kinds(source) == {"0000045/001.jpg": 1, "0000099/001.jpg": 0}
    assert reasons(source) == {"0000100/001.jpg": "no name for the number"}


def test_numbers_without_names_are_refused_with_what_to_do(folder):
    with pytest.raises(InputError, match="--names FILE"):
        sources.Source(folder("0000045/001.jpg", "0000099/001.jpg"))


@pytest.mark.parametrize("content", ["", "45\n", "45 Mary\n\n99\n"])
def test_a_bad_file_of_names_is_refused(folder, tmp_path, content):
    (tmp_path / "names.txt").write_text(content)
    with pytest.raises(InputError, match="0000045 First_Last"):
        sources.Source(folder("0000045/001.jpg"), tmp_path / "names.txt")


@pytest.mark.parametrize("paths", [[], ["a.jpg"]])
def test_a_folder_without_folders_is_refused(folder, tmp_path, paths):
    (tmp_path / "source").mkdir()
    with pytest.raises(InputError, match="holds no folders"):
        sources.Source(folder(*paths))


def test_who_is_spelt_in_two_ways_is_one_person(folder):
    root = folder(
        "man/John_Smith/1.jpg",
        "man/john smith/2.jpg",
        "man/x/John_Smith_0001.jpg",
        "man/John_Smith_0001.jpg",
        "man/1.jpg",
        "man/Jos\u00e9_X/1.jpg",
        "man/Jose\u0301_X/1.jpg",
    )
    people = {photo.path: photo.person for photo in sources.Source(root).photos()}
    assert people == {
        "man/John_Smith/1.jpg": "john smith",
        "man/john smith/2.jpg": "john smith",
        "man/x/John_Smith_0001.jpg": "x",
        "man/John_Smith_0001.jpg": "john smith",
        "man/1.jpg": None,
        "man/Jos\u00e9_X/1.jpg": "jos\u00e9 x",
        "man/Jose\u0301_X/1.jpg": "jos\u00e9 x",
    }


def test_links_that_leave_the_source_are_not_followed(folder, tmp_path):
    root = folder("man/a.jpg", "woman/b.jpg")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c.jpg").touch()
    (root / "man" / "out.jpg").symlink_to(outside / "c.jpg")
    (root / "man" / "folder").symlink_to(outside)
    (root / "female").symlink_to(outside)
    (root / "man" / "gone.jpg").symlink_to(root / "nothing")
    (root / "man" / "round").symlink_to(root)
    (root / "man" / "in.jpg").symlink_to(root / "man" / "a.jpg")
    source = sources.Source(root)
    assert set(kinds(source)) == {"man/a.jpg", "man/in.jpg", "woman/b.jpg"}
    assert reasons(source) == {
        "man/out.jpg": "a link that leaves the source",
        "man/folder": "a link that leaves the source",
        "female": "a link that leaves the source",
        "man/gone.jpg": "a link to nothing",
        "man/round": "a link to a folder",
    }


def test_the_order_is_that_of_the_names_in_bytes(folder):
    root = folder(*(f"man/{name}.jpg" for name in ("b", "ä", "a", "Z", "10", "9")))
    paths = [photo.path for photo in sources.Source(root).photos()]
    assert paths == sorted(paths, key=os.fsencode)


def test_odd_names_are_listed(folder):
    root = folder("man/Владимир.jpg", "man/a\nb.jpg", os.fsdecode(b"man/\xff\xfe.jpg"), "man/'.jpg")
    assert len(kinds(sources.Source(root))) == 4


@pytest.mark.parametrize(
    ("name", "certain", "gender"),
    [
        ("Mary_Jones", 0.9, 1),
        ("Владимир Путин", 0.9, 0),
        ("MITSUKO_UCHIDA", 0.9, 1),  # 0.981, by the package's own documentation
        ("Mitsuko_Uchida", 0.99, None),
        ("Jean_Rondeau", 0.9, None),  # 0.477
        ("Jean_Rondeau", 0.52, 0),
        ("JEAN-PAUL_Belmondo", 0.9, 0),  # all 95,114 of them
        ("Anne-Marie_Duff", 0.9, 1),
        ("Ren\u00e9_Descartes", 0.9, None),  # without its accent also a woman's
        ("Renee\u0301_Zellweger", 0.9, 1),
        ("Dr_Mary_Jones", 0.52, None),
        ("General._Jones", 0.9, None),
        ("JK_Rowling", 0.9, None),  # known from ten bearers only
        ("J._Smith", 0.9, None),
        ("", 0.9, None),
        ("___", 0.9, None),
        ("Qqqzzz", 0.9, None),
    ],
)
def test_a_first_name_decides_or_is_left_open(name, certain, gender):
    assert first_names.gender(name, certain) == gender


KIND_OF_A_NAME = """
import sys
from dsutil.photos.sources import Source
for photo in Source(sys.argv[1]).photos():
    print(photo.kind, ascii(photo.person))
"""


def test_a_name_with_an_accent_is_read_in_an_ascii_locale_without_a_warning(folder, run_python):
    there = folder("José_Smith/1.jpg")
    variables = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = run_python("-Werror", "-c", KIND_OF_A_NAME, there, **variables)
    assert (ended.stdout, ended.stderr) == ("0 'jos\\xe9 smith'\n", "")
