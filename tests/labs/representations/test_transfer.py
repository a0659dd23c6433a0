"""What the studies of transfer compare is what they say."""

import keras
import numpy as np
import pytest

from dsutil import InputError, databases
from dsutil.binary import pair_paths, write_pair
from dsutil.drawn import faces
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


def ten(folder, name):
    """Writes ten drawn faces; returns the path of their images."""
    paths = pair_paths(folder, name)
    write_pair(*paths, [faces.draw(0, 10)])
    return paths[0]


def test_the_similar_faces_are_new_ones_of_the_same_stream(tmp_path, monkeypatch):
    monkeypatch.setattr(similar, "COUNT", 12)
    ten(tmp_path, "10k")
    similar.prepare(tmp_path)
    found = tuple(path.read_bytes() for path in pair_paths(tmp_path, similar.NAME))
    expected = faces.draw(databases.DRAWN["100k"].count, 12)
    assert found == tuple(map(np.ndarray.tobytes, expected))


def test_similar_faces_that_are_there_stay_as_they_are(tmp_path):
    ten(tmp_path, "10k")
    images = ten(tmp_path, similar.NAME)
    before = images.read_bytes()
    similar.prepare(tmp_path)
    assert images.read_bytes() == before


def test_similar_faces_are_not_drawn_among_others(tmp_path):
    ten(tmp_path, "mine")
    with pytest.raises(FileNotFoundError, match="10k"):
        similar.prepare(tmp_path)
    assert not pair_paths(tmp_path, similar.NAME)[0].exists()
