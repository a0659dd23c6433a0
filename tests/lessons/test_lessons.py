"""The READMEs' numbers have lessons, and the lessons tell right from wrong."""

import collections

import numpy as np
import pytest

from dsutil.binary import pair_paths, write_pair
from tests.lessons import readme, results, runner, studies, table
from tests.lessons.__main__ import DATABASES, LOGS, main
from tests.lessons.commands import REAL, Command
from tests.lessons.lesson import NoSuchPlace, of_cell, printed, said, written_like
from tests.lessons.tolerance import EXACT, PROCESSOR, FirstNumber, Inside, Tolerance, numbers

GROUPS = runner.by_commands(table.lessons())

ADVICE = """Nothing checks these numbers. What to do:
- The table of a study, or one with the columns `command` and `test ...`: it is read by itself if
  its command stands in it, or in a block of code above it.
- The words about a study: each number has to be one of its table, rounded, or the difference
  between two of a column. Look for a mistake first.
- Anything else: add a line to SENTENCES in tests/lessons/table.py, with the command that prints it,
  or to UNCHECKED, with the reason."""

# ------------------------------------------------------------------------------ what comes out


@pytest.mark.lessons
@pytest.mark.parametrize("commands", GROUPS, ids=runner.called)
def test_a_command_reaches_what_the_readmes_say(commands):
    if any(command.real for command in commands) and not REAL:
        pytest.skip("LABS_TEST_DATA is not set: it names a folder with faces/data_1k.bin")
    assert runner.tried(commands, DATABASES, LOGS) == 0
    verdicts = [runner.verdict(lesson, LOGS) for lesson in GROUPS[commands]]
    assert [line for holds, line in verdicts if not holds] == []


# ------------------------------------------------------------------------------ nothing is left out


def test_every_number_of_a_readme_belongs_to_a_lesson_or_to_what_is_not_checked():
    unproven = "\n".join(map(str, table.unproven()))
    assert not unproven, f"{ADVICE}\n{unproven}"


def test_whatever_is_not_checked_is_there():
    known = [n for name in readme.names() for n in readme.read(name).numbers.values()]
    assert [u for u in table.UNCHECKED if not any(map(u.covers, known))] == []


def test_no_sentence_is_both_checked_and_left_out():
    checked = {number for lesson in table.lessons() for number in lesson.numbers}
    left_out = [unchecked for unchecked in table.UNCHECKED if unchecked.text]
    assert [str(number) for number in checked for u in left_out if u.covers(number)] == []


def test_what_a_lesson_is_about_stands_in_its_readme():
    assert "\n".join(table.lost()) == ""


def test_each_command_is_there_and_its_time_is_noted():
    commands = {command for group in GROUPS for command in group}
    assert [command for command in commands if not command.script.exists()] == []
    untimed = [str(command) for command in commands if not runner.noted_seconds(command)]
    assert untimed == [], "give them a column `time` in a README, or a line in SECONDS"


# ----------------------------------------------------- what the READMEs' tables say by themselves


def rows_of_studies():
    """{name of a variant: its row}, by title, as pytest's parameters."""
    for each in studies.tables():
        for row in each.rows:
            cells = dict(zip(each.header, (cell.text for cell in row), strict=True))
            yield pytest.param(cells, id=f"{each.command}: {row[0].text}")


@pytest.mark.parametrize("row", list(rows_of_studies()))
def test_an_interval_lies_around_its_mean_and_a_gap_is_a_difference(row):
    for title, cell in row.items():
        measured = title.removeprefix(studies.INTERVAL + " of ")
        if measured in row and measured != title and cell != "-":
            low, high = numbers(cell)
            if 0 < low and high < 1:  # a share ends there
                assert (low + high) / 2 == pytest.approx(numbers(row[measured])[0], abs=1.01e-4)
    if "gap between the two" in row and "diverged" not in row["gap between the two"]:
        train, test = (numbers(row[f"{use} accuracy"])[0] for use in ("train", "test"))
        assert numbers(row["gap between the two"])[0] == pytest.approx(train - test, abs=1.01e-4)


def test_two_readmes_say_the_same_of_a_command():
    said_of = collections.defaultdict(set)
    for lesson in results.lessons():
        title = lesson.place.rpartition(", ")[2]
        said_of[lesson.commands, title].add(lesson.expected)
    assert {key: said for key, said in said_of.items() if len(said) > 1} == {}


def test_what_64_machines_would_do_follows_from_the_formula():
    (measured, calculated) = readme.read("labs/machines/README.md").tables[:2]
    rate = numbers(measured.rows[0][measured.column("images a second")].text)[0]
    sent = 24882 * 4
    for row in calculated.rows:
        n, kilobytes, exchange, of_128, of_8192 = (numbers(cell.text)[0] for cell in row)
        each = 2 * (n - 1) / n * sent
        waits = each / 1.25e9 + 2 * 2 * (n - 1) * 100e-6
        assert kilobytes == pytest.approx(each / 1000, abs=0.051)
        assert exchange == pytest.approx(1000 * waits, abs=0.0051)
        for efficiency, images in ((of_128, 128), (of_8192, 8192 / n)):
            assert efficiency == pytest.approx(1 / (1 + waits * rate / images), abs=0.00051)


# ---------------------------------------------------------------------------------- the reader

TEXT = """# Title

It reaches 0.95, with `--rate 0.1` and [3 labs](a-0.7.md), in 2 versions.

```sh
python -m labs.optimization.optimizers  # 0.5
```

| variant | seeds | test accuracy |
| --- | ---: | ---: |
| rate 0.3 | 3 | 0.7130 |

```
it= 50 - loss= 0.54
```
"""


def test_the_numbers_are_those_of_right_columns_and_the_decimals_that_are_said_or_printed():
    found = readme.parsed("README.md", TEXT).numbers
    assert [found[place].text for place in sorted(found)] == ["0.95", "0.3", "3", "0.7130", "0.54"]
    assert all(TEXT[place:].startswith(number.text) for place, number in found.items())


def test_a_table_knows_the_command_above_it_and_its_section():
    (found,) = readme.parsed("README.md", TEXT).tables
    assert (found.command, found.section) == ("labs.optimization.optimizers", "Title")
    assert [cell.text for cell in found.rows[0]] == ["rate 0.3", "3", "0.7130"]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("It reaches {0.95}, with", [(TEXT.index("0.95"), "0.95")]),
        ("It reaches {}, with", [(TEXT.index("0.95"), "0.95")]),
        ("``` it= 50 - loss= {0.54}", [(TEXT.index("0.54"), "0.54")]),
        ("It reaches {0.96}, with", None),  # the README has been changed
        ("{0.95} reaches", None),
        ("```", None),  # more than once
    ],
)
def test_a_sentence_is_found_where_it_stands_once_with_its_numbers(sentence, found):
    assert readme.parsed("README.md", TEXT).find(sentence) == found


def test_a_sentence_that_a_readme_no_longer_has_is_named():
    with pytest.raises(NoSuchPlace, match=r"README.md does not say exactly once: 'ends at \{7\}'"):
        said("README.md", "ends at {7}", table.NN4, printed("x"), EXACT)


@pytest.mark.parametrize(
    ("text", "name", "real"),
    [
        ("python3 -m labs.nn4", "labs.nn4", False),
        ("python -m labs.nn3\n --train 10k", "labs.nn3 --train 10k", False),
        ("python -m labs.nn4 --databases faces --train 1k", "labs.nn4 --train 1k", True),
    ],
)
def test_a_command_is_read_without_its_folder(text, name, real):
    assert Command.of(text) == Command(name, real)


def test_a_chapter_s_short_command_is_a_script_of_the_chapter():
    found, *_ = [t for t in readme.read("labs/autoencoders/README.md").tables if t.right[-1]]
    commands = [results.command_in(found, row).name for row in found.rows]
    assert "labs.autoencoders.principal_components" in commands


# ------------------------------------------------------------------------------- the tolerances


@pytest.mark.parametrize(
    ("tolerance", "expected", "found", "allows"),
    [
        (EXACT, "56", "56", True),
        (EXACT, "56", "57", False),
        (PROCESSOR, "0.9541", "0.9641", True),
        (PROCESSOR, "0.9541", "0.9642", False),
        (PROCESSOR, "0.9541", "diverged at 5", False),
        (PROCESSOR, "-", "-", True),
        (PROCESSOR, "-", "0.95", False),
        (Tolerance("", relative=0.1), "1,000", "1,100", True),
        (Tolerance("", relative=0.1), "1,000", "1,101", False),
        (Tolerance("", factor=3), "diverged at 5", "diverged at 15", True),
        (Tolerance("", factor=3), "diverged at 5", "diverged at 1", False),
        (Tolerance("", factor=3), "diverged at 5", "0.5", False),
        (Tolerance("", absolute=5), "18.7%", "23.6%", True),
        (FirstNumber("", factor=3.5), "0.03", "0.1, the last tried", True),
        (FirstNumber("", factor=3.5), "0.03", "0.3", False),
        (FirstNumber("", factor=3.5), "0.03", "nothing", False),
        (Inside("", absolute=0.01), "0.80 to 0.90", "0.91", True),
        (Inside("", absolute=0.01), "0.80 to 0.90", "0.92", False),
        (Inside("", absolute=0.0), "+0.05 (-0.02 to +0.12)", "-0.01", True),
        (Inside("", absolute=0.0), "+0.05 (-0.02 to +0.12)", "-0.03", False),
        (Inside("", absolute=0.0), "0.80 to 0.90", "diverged", False),
    ],
)
def test_a_tolerance_allows_what_is_near_and_says_the_same(tolerance, expected, found, allows):
    assert tolerance.allows(expected, found) is allows


def test_a_mean_is_written_like_the_readme_s():
    assert written_like("0.843 (0.821 to 0.856)", [0.8, 0.9, 1.0]) == "0.900 (0.800 to 1.000)"
    assert written_like("0.569", [0.8, 0.9, 1.0]) == "0.900"


def test_what_labs_reach_besides_shares_may_vary_as_their_seeds_do_but_by_2_percent_at_least():
    spread = results.tolerance_of("0.8", "test_distance", ["0.8", "1.0 (0.9 to 1.1)"])
    assert spread.relative == pytest.approx(0.2)
    assert results.tolerance_of("0.8", "test_distance", ["0.8"]).relative == 0.02
    assert results.tolerance_of("0.8", "test_accuracy", ["0.8"]) is PROCESSOR


# ---------------------------------------------------------------------------------- the studies

STUDY = """# Study

```sh
python -m labs.optimization.momentum
```

| variant | train accuracy | test accuracy | 95 % interval of test accuracy | slow is better by |
| --- | ---: | ---: | ---: | ---: |
| slow | 1.0000 | 0.8000 | 0.7700 to 0.8300 | |
| fast | 0.9000 | 0.7000 | 0.6995 to 0.7005 | +0.1000 (0.0800 to 0.1200) |

Slow is 0.10 better (0.08 to 0.12), at 0.9; the last one is at 0.37.
"""
WRITTEN = """| variant | train accuracy | test accuracy | 95 % interval of test accuracy | seconds |
| --- | ---: | ---: | ---: | ---: |
| slow | 1.0000 | {slow} | 0.7400 to 0.8400 | 8 |
| fast | 0.9000 | {fast} | 0.6800 to 0.7300 | 8 |
"""


@pytest.fixture
def study(monkeypatch, tmp_path):
    """Tells which lessons of a README's study are off where the study wrote other numbers."""
    page = readme.parsed("README.md", STUDY)
    monkeypatch.setattr(readme, "names", lambda: ["README.md"])
    monkeypatch.setattr(readme, "read", lambda name: page)

    def off(slow, fast, more=""):
        folder = tmp_path / "commands" / "labs.optimization.momentum"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "momentum.md").write_text(WRITTEN.format(slow=slow, fast=fast) + more)
        (folder / "said.txt").write_text("")
        verdicts = [(lesson, *runner.verdict(lesson, tmp_path)) for lesson in studies.lessons()]
        return [lesson.place for lesson, holds, _ in verdicts if not holds]

    return off


def test_every_cell_of_a_study_s_table_is_a_lesson(study):
    places = [lesson.place for lesson in studies.lessons()]
    assert len(places) == 1 + 3 + 4
    assert "slow, test accuracy" in places
    assert {lesson.commands for lesson in studies.lessons()} == {
        (Command("labs.optimization.momentum"),)
    }


@pytest.mark.parametrize(
    ("slow", "fast", "off"),
    [
        ("0.8000", "0.7000", []),
        ("0.8290", "0.7090", []),  # within half of an interval, and a hundredth at least
        ("0.8310", "0.7100", ["slow, test accuracy"]),
        ("0.8410", "0.7150", ["slow, test accuracy", "slow, 95 % interval of test accuracy",
                              "fast, test accuracy", "fast, 95 % interval of test accuracy"]),
        ("0.7710", "0.7090", ["fast, slow is better by"]),
    ],
)  # fmt: skip
def test_a_study_that_comes_out_otherwise_is_found(study, slow, fast, off):
    assert study(slow, fast) == off


def test_a_variant_that_the_readme_does_not_have_is_found(study):
    more = "| medium | 0.9500 | 0.7500 | 0.7400 to 0.7600 | 8 |\n"
    assert study("0.8000", "0.7000", more) == ["the variants of labs.optimization.momentum"]


def test_what_is_said_of_a_study_follows_from_its_table(study):
    followed = {number.text for number in studies.followed()}
    assert {"0.10", "0.08", "0.12", "0.9"} <= followed
    assert "0.37" not in followed


# ----------------------------------------------------------------------------------- the runner


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A lesson about a small data set, which is half men: what `info` says of it."""
    images = np.zeros((4, 2304), np.uint8)
    write_pair(*pair_paths(tmp_path, "1k"), [(images, np.eye(2, dtype=np.float32)[[0, 0, 1, 1]])])
    for name in ("10k", "test10k"):  # nothing has to be drawn
        (tmp_path / f"gender_{name}.bin").touch()
    page = readme.parsed("README.md", "| set | men |\n| --- | ---: |\n| 1k | 50.0 |\n")
    monkeypatch.setattr(readme, "read", lambda name: page)

    def lesson(command="python -m dsutil info DataBases/data_1k.bin", share=r"(\S+)% man"):
        (each,) = page.tables
        return of_cell(each, each.rows[0], 1, [Command.of(command)], printed(share), EXACT)

    return lesson


def test_a_lesson_that_holds_is_said_to_hold(small, tmp_path, capsys):
    groups = runner.by_commands([small()])
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 0
    assert "ok  README.md, 1k, men: 50.0, found 50.0" in capsys.readouterr().out


def test_a_lesson_that_is_off_ends_in_exit_code_1(small, tmp_path, capsys):
    groups = runner.by_commands([small(share="brightness (0.0)")])
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 1
    out = capsys.readouterr().out
    assert out.count("OFF README.md, 1k, men: 50.0, found 0.0") == 2  # where it ran, and at the end
    assert "0 lessons hold, 1 are off" in out


def test_a_command_that_fails_ends_in_exit_code_1(small, tmp_path, capsys):
    groups = runner.by_commands([small("python -m dsutil info DataBases/data_none.bin")])
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 1
    assert "failed: dsutil info DataBases/data_none.bin" in capsys.readouterr().out


def test_a_command_that_fails_is_not_run_again_for_other_lessons(small, tmp_path, capsys):
    failing = "python -m dsutil info DataBases/data_none.bin"
    groups = runner.by_commands([small(failing)])
    (commands,) = groups
    groups[(*commands, Command("dsutil info"))] = []
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 1
    out = capsys.readouterr().out
    assert out.count("exit code") == 1
    assert out.count("failed: dsutil info DataBases/data_none.bin") == 2


def test_what_has_finished_is_not_run_again(small, tmp_path, monkeypatch):
    groups = runner.by_commands([small()])
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 0
    monkeypatch.setattr(Command, "run", None)
    assert runner.try_all(groups, tmp_path, tmp_path / "logs") == 0


def test_a_stopped_command_ends_it_with_its_exit_code(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Command, "run", lambda self, databases, logs: 130)
    assert runner.try_all(runner.by_commands([small()]), tmp_path, tmp_path) == 130
    assert "the same command goes on" in capsys.readouterr().out


def test_a_lab_s_run_goes_on_once_it_has_saved_something(tmp_path):
    command = Command("labs.nn4 --train 1k")
    words = [command.words(tmp_path, tmp_path)]
    (tmp_path / "nn4" / command.folder / "checkpoints").mkdir(parents=True)
    (tmp_path / "nn4" / command.folder / "checkpoints" / "ckpt-5.index").touch()
    words.append(command.words(tmp_path, tmp_path))
    assert words[0] == [
        *("labs.nn4", "--train", "1k", "--databases", str(tmp_path), "--logs", str(tmp_path)),
        *("--run", command.folder),
    ]
    assert words[1] == [*words[0], "--restore"]


def test_a_command_on_a_run_comes_after_it_and_finds_it(tmp_path):
    evaluated, trained = table.EVALUATED, table.NN4
    assert evaluated.after == [trained]
    folder = trained.words(tmp_path, tmp_path)[-1]
    assert str(tmp_path / "nn4" / folder) in evaluated.words(tmp_path, tmp_path)


def test_as_many_as_fit_are_taken_the_quickest_first_and_nothing_is_counted_twice(
    tmp_path, monkeypatch
):
    quick, slow, long = (Command(f"labs.nn4 --seed {i}") for i in range(3))
    times = {quick: 10, slow: 50, long: 200}
    monkeypatch.setattr(runner, "seconds", times.get)
    monkeypatch.setattr(runner, "DRAWING", {"1k": 5, "10k": 10, "test10k": 10, "100k": 100})
    groups = {(quick,): [], (slow,): [], (quick, slow): [], (long,): []}
    assert list(runner.fitting(groups, 85 / 60, tmp_path)) == [*groups][:3]
    assert list(runner.fitting(groups, 84 / 60, tmp_path)) == [(quick,)]
    for name in ("1k", "10k", "test10k"):
        (tmp_path / f"gender_{name}.bin").touch()
    assert list(runner.fitting(groups, 1, tmp_path)) == [*groups][:3]


def test_the_front_page_s_command_is_tried_within_6_minutes_from_a_fresh_start(tmp_path):
    assert (table.FIRST,) in runner.fitting(GROUPS, 6, tmp_path)
    front = readme.read("README.md").text
    assert f"python3 -m pip install -e . && python3 -m {table.FIRST.name}\n" in front


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("nn3", "labs.nn3 --train 10k", True),
        ("labs.nn?", "labs.nn3 --train 10k", False),
        ("labs.nn?", "labs.nn5", True),
        ("labs.optimization.*", "labs.optimization.losses", True),
        ("overfitting", "labs.optimization.losses", False),
    ],
)
def test_a_name_is_a_part_or_a_pattern_for_the_whole(pattern, name, fits):
    assert bool(runner.matching({(Command(name),): []}, [pattern])) is fits


def test_the_list_runs_nothing(capsys, monkeypatch):
    monkeypatch.setattr(Command, "run", None)
    assert main(["--list", "labs.optimization.valley"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["command", "time", "numbers", "data", "to", "draw"]
    assert line.startswith("labs.optimization.valley ")


def test_a_name_that_no_command_has_is_an_error(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--list", "nn99"])
    assert exit_.value.code == 2
    assert "no command is called nn99" in capsys.readouterr().err
