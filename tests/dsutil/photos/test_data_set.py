"""Many photographs: which are kept, that the bytes follow from input and seed, and going on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra `photos`")
pytest.importorskip("nomquamgender", reason="needs the extra `photos`")
Image = pytest.importorskip("PIL.Image", reason="needs the extra `photos`")

import lfw_like  # noqa: E402
from PIL import ImageOps  # noqa: E402

import dsutil  # noqa: E402
from dsutil.__main__ import main  # noqa: E402
from dsutil.binary import pair_paths, read_pair  # noqa: E402
from dsutil.errors import InputError  # noqa: E402
from dsutil.photos import data_set, workers  # noqa: E402


def scene(seed):
    """A picture that is like no other."""
    cells = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(cells).resize((60, 60), Image.BICUBIC)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Twenty people with six pictures each, in folders with their names."""
    folder = tmp_path_factory.mktemp("source")
    men = "John James Robert Michael William David Richard Thomas Charles Daniel".split()
    women = "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen".split()
    for number, name in enumerate(men + women):
        person = folder / f"{name}_Smith"
        person.mkdir()
        for picture in range(6):
            scene(number * 6 + picture).save(person / f"{name}_Smith_{picture:04}.png")
    return folder


def make(source, out, processes=1, **wanted):
    wanted = data_set.Wanted(**{"name": "x", "detect": False, **wanted})
    return data_set.make(source, out, wanted, processes, say=lambda line: None)


def content(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


# ------------------------------------------------------------------------------------ what is kept


def test_every_picture_is_there_with_its_class(source, tmp_path):
    report = make(source, tmp_path)
    images, labels = read_pair(*pair_paths(tmp_path, "x"))
    there = {(image.tobytes(), int(label[1])) for image, label in zip(images, labels, strict=True)}
    expected = set()
    for path in source.glob("*/*.png"):
        face = workers.examine(path, 48, False)[2]
        is_woman = path.parent.name.split("_")[0] in (
            "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen"
        )
        expected.add((face.tobytes(), int(is_woman)))
    assert there == expected
    assert (report["found"], report["read"], report["kept"]) == (120, 120, 120)


def test_nobody_is_in_both_sets_and_a_share_of_each_class_is_for_testing(source, tmp_path):
    make(source, tmp_path, test_share=0.2)
    who = {
        workers.examine(path, 48, False)[2].tobytes(): path.parent.name
        for path in source.glob("*/*.png")
    }
    people = {}
    for name in ("x", "testx"):
        images, labels = read_pair(*pair_paths(tmp_path, name))
        people[name] = {who[image.tobytes()] for image in images}
        assert labels.mean(axis=0).tolist() == [0.5, 0.5]
    assert not people["x"] & people["testx"]
    assert (len(people["x"]), len(people["testx"])) == (16, 4)


def test_count_keeps_so_many_and_looks_at_little_more(source, tmp_path):
    report = make(source, tmp_path / "few", count=17)
    assert len(read_pair(*pair_paths(tmp_path / "few", "x"))[0]) == 17
    assert (report["kept"], report["read"], report["not_needed"]) == (17, 17, 103)
    whole = make(source, tmp_path / "whole")
    assert whole["kept"] == 120
    first = content(tmp_path / "few")["data_x.bin"]
    assert content(tmp_path / "whole")["data_x.bin"].startswith(first)


def test_near_duplicates_are_left_out_across_people_and_sets(source, tmp_path):
    folder = tmp_path / "source"
    shutil.copytree(source, folder)
    for number, path in enumerate(sorted(folder.glob("J*/*_0001.png"))):
        again = Image.open(path).resize((90, 90), Image.BICUBIC)
        again.save(folder / "Mary_Smith" / f"again{number}.jpg", quality=80)
    report = make(folder, tmp_path / "out", test_share=0.2)
    assert report["found"] == 124
    assert report["kept"] == 120
    left_out = report["left_out"]["nearly the same as another"]
    assert left_out["count"] == 4
    assert all("again" in f"{e['path']} {e['detail']}" for e in left_out["examples"])


def test_mirrored_pictures_are_left_out_across_people_and_sets(source, tmp_path):
    folder = tmp_path / "source"
    shutil.copytree(source, folder)
    for number, path in enumerate(sorted(folder.glob("J*/*_0002.png"))):
        again = ImageOps.mirror(Image.open(path)).resize((84, 84), Image.BICUBIC)
        again = again.point(lambda level: level * 0.9 + 8)
        again.save(folder / "Mary_Smith" / f"again{number}.jpg", quality=80)
    report = make(folder, tmp_path / "out", test_share=0.2)
    left_out = report["left_out"]["nearly the same as another"]
    assert (report["found"], report["kept"], left_out["count"]) == (124, 120, 4)
    assert all("again" in f"{e['path']} {e['detail']}" for e in left_out["examples"])


def test_the_report_accounts_for_every_file_and_gives_examples(source, tmp_path):
    folder = tmp_path / "source"
    shutil.copytree(source, folder)
    (folder / "Mary_Smith" / "text.jpg").write_text("no picture")
    (folder / "Mary_Smith" / "empty.jpg").touch()
    whole = (folder / "Mary_Smith" / "Mary_Smith_0000.png").read_bytes()
    (folder / "Mary_Smith" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "Mary_Smith" / os.fsdecode(b"\xff\n.jpg")).write_text("odd")
    (folder / "Jean_Rondeau").mkdir()
    scene(999).save(folder / "Jean_Rondeau" / "1.png")
    (folder / "John_Smith" / "out.jpg").symlink_to("/etc/hostname")

    assert main(["photos", str(folder), "--out", str(tmp_path), "--name", "x", "--no-detect"]) == 0
    report = json.loads((tmp_path / "photos-x.json").read_text())
    counts = {reason: some["count"] for reason, some in report["left_out"].items()}
    assert counts == {
        "not a picture": 3,
        "damaged": 1,
        "the first name does not decide": 1,
        "a link that leaves the source": 1,
    }
    assert report["found"] == 126 == report["kept"] + sum(counts.values())
    names = report["left_out"]["the first name does not decide"]["examples"]
    assert names == [{"path": "Jean_Rondeau/1.png", "detail": "Jean_Rondeau"}]


def test_another_size_is_written_as_it_is_asked_for(source, tmp_path):
    make(source, tmp_path, size=32, count=5)
    assert len(content(tmp_path)["data_x.bin"]) == 5 * 32 * 32


@pytest.mark.skipif(not lfw_like.photographs(), reason="LABS_TEST_DATA names no photos")
def test_real_photographs_in_folders_for_each_class(tmp_path, capsys):
    folder = Path(os.environ["LABS_TEST_DATA"], "photos")
    assert main(["photos", str(folder), "--out", str(tmp_path), "--name", "x"]) == 0
    out = capsys.readouterr().out
    assert f"{folder}: a folder for each class\n" in out
    images, labels = read_pair(*pair_paths(tmp_path, "x"))
    assert len(images) >= 37
    assert (labels.sum(axis=0) >= 18).all()
    assert (images.std(axis=1) > 20).all()
    report = json.loads((tmp_path / "photos-x.json").read_text())
    (pair,) = report["left_out"]["nearly the same as another"]["examples"]
    # One is the other one mirrored, turned a little and cropped otherwise, as one can see.
    assert {Path(path).stem for path in pair.values()} == {"face_676", "face_723"}


# ----------------------------------------------------------------------------------- the same bytes


@pytest.fixture(scope="module")
def expected(source, tmp_path_factory):
    """What one process makes of the source without interruption."""
    out = tmp_path_factory.mktemp("expected")
    make(source, out, test_share=0.2, seed=3)
    return content(out)


def test_the_number_of_processes_changes_no_byte(source, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "CHUNK", 7)
    make(source, tmp_path, processes=3, test_share=0.2, seed=3)
    assert content(tmp_path) == expected


def test_the_order_of_the_folder_s_listing_changes_no_byte(source, expected, tmp_path, monkeypatch):
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            self._there = scandir(path)

        def __enter__(self):
            return reversed(list(self._there))

        def __exit__(self, *_):
            self._there.close()

    monkeypatch.setattr("dsutil.photos.sources.os.scandir", Backwards)
    make(source, tmp_path, test_share=0.2, seed=3)
    assert content(tmp_path) == expected


def test_another_seed_gives_another_order_and_other_test_people(source, expected, tmp_path):
    make(source, tmp_path, test_share=0.2, seed=4)
    there = content(tmp_path)
    assert there["data_x.bin"] != expected["data_x.bin"]
    assert there["data_testx.bin"] != expected["data_testx.bin"]


class Stop(Exception):
    """What interrupts a run in these tests."""


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
def test_an_interrupted_run_goes_on_to_the_same_bytes(
    source, expected, tmp_path, monkeypatch, error
):
    monkeypatch.setattr(workers, "CHUNK", 8)
    examine_all, looked_at = data_set.examine_all, []

    def interrupted(paths, *options):
        looked_at.append(len(paths))
        for number, examined in enumerate(examine_all(paths, *options)):
            if number == 5 and len(looked_at) < 3:
                raise error
            yield examined

    monkeypatch.setattr(data_set, "examine_all", interrupted)
    for _ in range(2):
        with pytest.raises(error):
            make(source, tmp_path, test_share=0.2, seed=3)
        assert not list(tmp_path.glob("*.bin"))
    with open(tmp_path / ".photos-x" / "records", "ab") as records:
        records.write(bytes(1 + 16 + 2304))  # what a loss of power may leave
        records.write(b"half a record")  # and a kill
    make(source, tmp_path, test_share=0.2, seed=3)
    assert looked_at == [120, 80, 40]
    assert content(tmp_path) == expected


def test_what_was_looked_at_for_another_seed_is_dropped(source, expected, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(data_set, "write_pair", lambda *_: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            make(source, tmp_path, test_share=0.2, seed=4)
    make(source, tmp_path, test_share=0.2, seed=3)
    assert content(tmp_path) == expected


def test_what_was_looked_at_with_fingerprints_of_another_kind_is_dropped(
    source, expected, tmp_path, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(data_set, "write_pair", lambda *_: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            make(source, tmp_path, test_share=0.2, seed=3)
    # As a version left it that did not say of which kind its fingerprints are: all the same here.
    folder = tmp_path / ".photos-x"
    plan = json.loads((folder / "plan.json").read_text())
    del plan["fingerprints"]
    (folder / "plan.json").write_text(json.dumps(plan, sort_keys=True))
    records = np.fromfile(folder / "records", np.uint8).reshape(120, 1 + 16 + 2304)
    records[:, 1:17] = 0
    records.tofile(folder / "records")
    make(source, tmp_path, test_share=0.2, seed=3)
    assert content(tmp_path) == expected


# --------------------------------------------------------------------------- what ends on the way


def start(source, out):
    """The command in a process group of its own, as a terminal starts it."""
    environment = {**os.environ, "PYTHONPATH": str(Path(dsutil.__file__).parents[1])}
    command = [sys.executable, "-m", "dsutil", "photos", source, "--out", out, "--name", "x"]
    return subprocess.Popen(
        [*map(str, command), "--processes", "2"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What a shell starts in the background ignores Ctrl-C; so may these tests.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.fixture(scope="module")
def many(source, tmp_path_factory):
    """Pictures without faces enough to keep two processes busy for a while."""
    folder = tmp_path_factory.mktemp("many")
    for path in source.glob("*/*.png"):
        target = folder / "man" / path.stem
        target.mkdir(parents=True)
        Image.open(path).resize((200, 200)).save(target / "a.jpg")
        for number in range(20):
            os.link(target / "a.jpg", target / f"{number}.jpg")
    return folder


def wait_for_records(out):
    records = out / ".photos-x" / "records"
    for _ in range(2400):
        if records.exists() and records.stat().st_size:
            return
        time.sleep(0.05)
    raise AssertionError("nothing was looked at in two minutes")


def test_ctrl_c_says_how_to_go_on_and_exits_with_130(many, tmp_path):
    running = start(many, tmp_path)
    wait_for_records(tmp_path)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the same command goes on from there" in out
    assert err == "interrupted\n"
    assert (tmp_path / ".photos-x" / "records").stat().st_size
    assert not list(tmp_path.glob("*.bin"))


def test_the_processes_end_with_a_killed_parent(many, tmp_path):
    running = start(many, tmp_path)
    wait_for_records(tmp_path)
    running.kill()
    running.communicate(timeout=60)  # returns when all that hold the pipes have ended


def end_the_process(path, size):
    if path.endswith("3.jpg"):
        os.kill(os.getpid(), signal.SIGKILL)
    return np.full((size, size), 7, np.uint8)


def test_a_picture_that_ends_its_process_costs_itself_only(monkeypatch):
    # The pool's processes are new ones, which know nothing of a patch: forked, they do.
    context = workers.multiprocessing.get_context("fork")
    monkeypatch.setattr(workers.multiprocessing, "get_context", lambda kind: context)
    monkeypatch.setattr(workers, "decode", end_the_process)
    monkeypatch.setattr(workers, "CHUNK", 3)
    paths = [f"{number}.jpg" for number in range(20)]
    examined = [one for some in workers.examine_all(paths, 48, False, 2) for one in some]
    outcomes = [outcome for outcome, _, _ in examined]
    assert [i for i, o in enumerate(outcomes) if o != "kept"] == [3, 13]
    assert outcomes[3] == "ends the process that reads it"


# ------------------------------------------------------------------------------- what is refused


def test_files_that_are_there_are_left_as_they_are(source, tmp_path):
    (tmp_path / "gender_testx.bin").write_bytes(b"mine")
    with pytest.raises(InputError, match="is there already"):
        make(source, tmp_path, test_share=0.2)
    assert content(tmp_path) == {"gender_testx.bin": b"mine"}


def test_a_file_where_the_folder_is_to_be_is_refused_at_once(source, tmp_path):
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(InputError, match="out is not a folder"):
        make(source, tmp_path / "out")
    assert content(tmp_path) == {"out": b"mine"}


def test_where_nothing_can_be_kept_the_reasons_are_told(tmp_path):
    (tmp_path / "source" / "man").mkdir(parents=True)
    (tmp_path / "source" / "man" / "x.jpg").write_text("no picture")
    with pytest.raises(InputError, match="1: not a picture"):
        make(tmp_path / "source", tmp_path / "out")
    assert content(tmp_path / "out") == {}


def test_two_commands_do_not_write_one_journal(source, tmp_path):
    from dsutil.photos.journal import Journal

    with Journal(tmp_path / ".photos-x", {}, 48), pytest.raises(InputError, match="in use"):
        make(source, tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        ["--count", "0"],
        ["--test-share", "1"],
        ["--test-share", "nan"],
        ["--certain", "0.3"],
        ["--size", "x"],
        ["--size", "7"],
        ["--size", "100000"],
    ],
)
def test_an_option_out_of_range_exits_2(source, tmp_path, options, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["photos", str(source), "--out", str(tmp_path), "--name", "x", *options])
    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_drawn_faces_are_not_drawn_beside_photographs(source, tmp_path):
    from dsutil import databases

    (tmp_path / databases.MARK).touch()
    make(source, tmp_path)
    with pytest.raises(FileNotFoundError):
        databases.must_draw(tmp_path, "test10k")
