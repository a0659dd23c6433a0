"""The options of a run: the lab's own, what was given, and what a file says they were."""

import dataclasses

import pytest

from labs import nn2, nn4
from labs.tasks import Points
from labs.training.options import Options, parse, recorded

OWN = Options.of_lab(nn4.lab)


def test_a_lab_s_own_options_are_its_defaults():
    for name in ("test", "iterations", "batch_size", "learning_rate", "summary_every"):
        assert getattr(OWN, name) == getattr(nn4.lab, name)
    assert OWN.train == nn4.lab.train_set == "10k"
    assert (OWN.seed, OWN.databases, OWN.precision) == (0, "DataBases", "auto")
    others = Options.of_lab(nn4.lab, seed=3, strategy="one")
    assert others == dataclasses.replace(OWN, seed=3, strategy="one")


def test_what_was_given_takes_the_place_of_what_was_not_also_where_it_is_0():
    before = dataclasses.replace(OWN, seed=5, iterations=7)
    given = parse(nn4.lab, ["--seed", "0", "--test", "mine"])
    assert before.with_given(given) == dataclasses.replace(before, seed=0, test="mine")
    assert before.with_given(parse(nn4.lab, [])) == before


def test_the_command_is_kept_as_it_was_typed():
    given = parse(nn2.lab, ["--databases", "my faces", "--seed", "3"])
    assert given.command == "python -m labs.nn2 --databases 'my faces' --seed 3"


def test_the_help_names_the_files_of_the_lab_s_task(capsys):
    pointing = dataclasses.replace(nn4.lab, task=Points())
    for lab, column in ((nn4.lab, "gender"), (pointing, "points")):
        with pytest.raises(SystemExit):
            parse(lab, ["--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert f"train on data_NAME.bin and {column}_NAME.bin (default: {lab.train_set})" in said


def test_what_a_file_says_are_the_options_that_wrote_it():
    options = dataclasses.replace(OWN, seed=9, learning_rate=2e-4, test="mine", strategy="mirrored")
    assert recorded(nn4.lab, dataclasses.asdict(options)) == options


def test_an_option_that_is_new_since_a_file_was_written_is_the_lab_s_own():
    found = dataclasses.asdict(OWN) | {"iterations": 3}
    del found["summaries"]
    assert recorded(nn4.lab, found) == dataclasses.replace(OWN, iterations=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"colour": "red"},
        {"seed": "9"},
        {"seed": True},
        {"seed": None},
        {"seed": -1},
        {"batch_size": 0},
        {"learning_rate": 1},
        {"learning_rate": float("nan")},
        {"strategy": "alone"},
        {"precision": "float16"},
        {"train": "a\0b"},
        {"databases": ["faces"]},
    ],
)
def test_what_the_command_line_could_not_set_is_refused(changed):
    with pytest.raises((ValueError, TypeError)):
        recorded(nn4.lab, dataclasses.asdict(OWN) | changed)
