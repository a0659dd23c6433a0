"""A run's data: the columns of its task, and whether they are those that it began with."""

import hashlib
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from dsutil import FACE_POINTS, FACES, InputError
from dsutil.binary import pair_paths, write_columns
from labs import nn3
from labs.tasks import COURSE, Points, Reconstruction
from labs.training import data_sets
from labs.training.options import Options

NOTHING = SimpleNamespace(train=None, test=None)


@pytest.fixture
def options(faces, tmp_path):
    """Options of a run on a copy of the small data."""
    for name in ("tiny", "other"):
        for path in pair_paths(faces, name):
            shutil.copy(path, tmp_path)
    return Options.of_lab(nn3.lab, databases=str(tmp_path), train="tiny", test="other")


def test_a_task_s_columns_are_opened(options, tmp_path):
    train, test = data_sets.open_all(COURSE, options).values()
    assert (train.count, test.count) == (50, 30)
    assert train.columns == COURSE.columns
    train, _ = data_sets.open_all(Reconstruction("code"), options).values()
    assert train.truths == ()
    places = np.random.default_rng(0).uniform(0, 48, (50, *FACE_POINTS.shape))
    for name, count in (("tiny", 50), ("other", 30)):
        path = FACE_POINTS.path(tmp_path, name)
        write_columns([path], [FACE_POINTS], [(places[:count].astype(np.float32),)])
    train, test = data_sets.open_all(Points(), options).values()
    assert train.columns == (FACES, FACE_POINTS)
    assert np.array_equal(test.truths[0], places[:30].astype(np.float32))


def test_data_that_are_neither_there_nor_to_be_drawn_are_missed_before_a_run_begins(options):
    data_sets.check_there(COURSE, options)
    options.test = "missing"
    with pytest.raises(FileNotFoundError, match="data_missing"):
        data_sets.check_there(COURSE, options)


def test_a_run_keeps_the_size_and_the_digest_of_each_column(options):
    sets = data_sets.open_all(COURSE, options)
    data = data_sets.describe(sets)
    for use, dataset in sets.items():
        files = zip(("data", "gender"), dataset.paths, strict=True)
        assert data[use] == {
            "count": dataset.count,
            "sha256": {name: hashlib.sha256(open(p, "rb").read()).hexdigest() for name, p in files},
            "drawn": False,
        }


@pytest.mark.parametrize("column", [0, 1])
def test_a_column_that_changed_is_named_unless_the_data_are_given_anew(column, options, tmp_path):
    sets = data_sets.open_all(COURSE, options)
    run = SimpleNamespace(path="logs/nn4/1", config={"data": data_sets.describe(sets)})
    data_sets.check_same(run, NOTHING, sets, data_sets.describe(sets))
    changed = sets["test"].paths[column]
    content = bytearray(changed.read_bytes())
    content[: 2 * 8] = content[8 : 2 * 8] + content[:8]
    changed.write_bytes(content)
    now = data_sets.describe(sets)
    with pytest.raises(InputError) as told:
        data_sets.check_same(run, NOTHING, sets, now)
    assert str(told.value).startswith(f"{changed} is not the file that logs/nn4/1 began with")
    assert "--test" in str(told.value)
    data_sets.check_same(run, SimpleNamespace(train=None, test="other"), sets, now)


def test_files_that_are_not_there_have_no_digest(tmp_path):
    assert data_sets.digests(COURSE.columns, pair_paths(tmp_path, "none")) == {}
