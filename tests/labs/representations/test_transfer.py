"""What the studies of transfer compare is what they say."""

import keras
import pytest

from dsutil import InputError, databases
from labs import nn5
from labs.representations import similar
from labs.representations.transfer import FACES, FROZEN, SOURCE, prepare, study
from labs.training.beginning import freeze
from labs.training.data_sets import split


@pytest.mark.parametrize(
    ("way", "learning"),
    [
        ("features frozen", {"fc"}),
        ("lower layers frozen", {"residual_3", "residual_4", "norm", "fc"}),
        ("all fine-tuned", {"conv", "residual_2", "residual_3", "residual_4", "norm", "fc"}),
    ],
)
def test_each_way_leaves_the_parts_of_nn5_to_learn_that_it_says(way, learning):
    x = keras.Input((2304,))
    model = keras.Model(x, nn5.network(x))
    freeze(model, FROZEN[way].split())
    paths = [variable.path for variable in model.trainable_variables]
    parts = {p[:10] if p.startswith("residual") else p.split("_")[0] for p in paths}
    assert parts == learning


def test_the_faces_are_as_many_as_the_names_say():
    class Thousand:
        count, paths = 1000, ("data",)

        def part(self, rows):
            return len(rows)

    for count, (share, _) in FACES.items():
        assert (split(Thousand(), share, 0)[0] if share else 1000) == count


@pytest.mark.parametrize("study", [study, similar.study], ids=lambda study: study.name)
def test_all_but_those_from_scratch_begin_from_one_run_on_drawn_faces(study):
    from_scratch = {name for name in study.variants if name.startswith("from scratch")}
    assert study.begins.keys() == study.variants.keys() - from_scratch
    assert set(study.begins.values()) == {SOURCE} == set(study.shared)
    assert study.sources[SOURCE].train_set == "100k"


def test_without_a_folder_of_real_faces_it_says_what_it_needs():
    with pytest.raises(InputError, match="give --databases, the folder of a data set that `python"):
        prepare("DataBases")
    assert prepare("faces") is None


def test_similar_faces_are_those_that_are_drawn_after_the_hundred_thousand():
    (name,) = {lab.train_set for lab in similar.study.variants.values()}
    learned, new = databases.drawn("100k"), databases.drawn(name)
    assert (new.stream, new.kind, new.first) == (learned.stream, learned.kind, learned.count)
    assert new.count == 1000


@pytest.mark.parametrize(
    ("study", "best", "counts"),
    [(study, "lower layers frozen", FACES), (similar.study, "features frozen", (50, 1000))],
    ids=("not similar", "similar"),
)
def test_the_lecture_s_way_is_compared_with_each_other_one(study, best, counts):
    others = [way for way in FROZEN if way != best]
    expected = [(f"{best}, {n} faces", f"{way}, {n} faces") for n in counts for way in others]
    assert list(study.claims) == expected
