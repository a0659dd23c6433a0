"""What the study of transfer compares is what it says."""

import keras
import pytest

from dsutil import InputError
from labs import nn5
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


def test_all_but_those_from_scratch_begin_from_one_run_on_drawn_faces():
    from_scratch = {name for name in study.variants if name.startswith("from scratch")}
    assert study.begins.keys() == study.variants.keys() - from_scratch
    assert set(study.begins.values()) == {SOURCE} == set(study.shared)
    assert study.sources[SOURCE].train_set == "100k"


def test_without_a_folder_of_real_faces_it_says_what_it_needs():
    with pytest.raises(InputError, match="give --databases, the folder of a data set that `python"):
        prepare("DataBases")
    assert prepare("faces") is None
