"""`python -m labs.ablation`: nn5 without one of its ingredients, and what that costs."""

import statistics
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from scipy import stats

import layers as Layers
from labs import ablation, nn5
from labs.ablation import VARIATIONS


@pytest.fixture(scope="module")
def networks():
    """The network of each variation."""
    keras.config.set_dtype_policy("float32")
    networks = {}
    for name, lab in VARIATIONS.items():
        keras.utils.set_random_seed(0)
        x = keras.Input((2304,))
        networks[name] = keras.Model(x, lab.network(x))
    return networks


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize(
    ("name", "kind", "there"),
    [
        ("without_augmentation", "Random", 7),
        ("without_normalization", "BatchNormalizer", 7),
        ("without_shortcuts", "Add", 3),
    ],
)
def test_a_variation_lacks_what_nn5_has(name, kind, there, networks):
    found = [sum(kind in layer for layer in kinds(networks[n])) for n in ("nn5", name)]
    assert found == [there, 0]


def test_a_variation_keeps_all_else(networks):
    for name in ("without_augmentation", "without_normalization", "without_shortcuts"):
        of_nn5, of_it = kinds(networks["nn5"]), kinds(networks[name])
        assert of_it.count("Conv2D") + 3 * (name == "without_shortcuts") == of_nn5.count("Conv2D")
        assert of_it.count("Dropout") == 1
    assert all(lab.loss is nn5.loss for lab in VARIATIONS.values())


def test_without_dropout_nothing_is_dropped(networks):
    rates = [
        [layer.rate for layer in networks[name].layers if isinstance(layer, keras.layers.Dropout)]
        for name in ("nn5", "without_dropout")
    ]
    assert rates == [[0.3], [0.0]]


def test_the_slides_start_has_their_deviation_and_nn5_that_of_he(networks):
    for name, deviation in (("nn5", np.sqrt(2 / (9 * 128))), ("with_the_slides_start", 0.1 * 0.88)):
        kernel = networks[name].get_layer("residual_3_2").kernel
        assert np.std(kernel) == pytest.approx(deviation, rel=0.02)  # 0.88: cut at two deviations


def test_the_optimizers_are_what_the_names_say():
    descent = VARIATIONS["with_sgd"].optimizer(2e-3)
    assert isinstance(descent, keras.optimizers.SGD)
    assert descent.momentum == 0.9
    averaged = VARIATIONS["with_averaged_weights"].optimizer(2e-3)
    assert isinstance(averaged, keras.optimizers.AdamW)
    averaged.build([keras.Variable(np.zeros(3, np.float32))])
    assert averaged.use_ema
    assert not VARIATIONS["nn5"].optimizer(2e-3).use_ema


def test_lsuv_starts_from_units_of_variance_1(networks):
    model = networks["with_lsuv"]
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (32, 2304)).astype(np.float32)
    VARIATIONS["with_lsuv"].initialize(model, images)
    first = model.get_layer("conv_1")
    seen = keras.Model(model.input, first.output)(images)
    assert np.var(seen) == pytest.approx(1, abs=0.11)
    assert isinstance(model.get_layer("norm_5"), Layers.BatchNormalizer)


def test_the_table_tells_the_differences_seed_by_seed(tmp_path, capsys):
    tests = {"nn5": [0.95, 0.96, 0.97], "without_dropout": [0.94, 0.96, 0.95]}
    reached = {
        name: [SimpleNamespace(reached={"train": 1.0, "test": test}) for test in each]
        for name, each in tests.items()
    }
    ablation.write_conclusion(reached, tmp_path)
    line = capsys.readouterr().out.splitlines()[3]
    apart = np.subtract(tests["without_dropout"], tests["nn5"])
    low, high = stats.t.interval(0.95, 2, np.mean(apart), stats.sem(apart))
    assert "without dropout" in line
    assert f"{statistics.fmean(tests['without_dropout']):.4f}" in line
    assert f"{np.mean(apart):+.4f} ({low:+.4f} to {high:+.4f})" in line
    assert "| without dropout | 1.0000 |" in (tmp_path / "ablation.md").read_text()


@pytest.mark.slow
def test_the_command_trains_what_is_missing_and_writes_the_table(faces, tmp_path, capfd):
    words = ["--databases", str(faces), "--train", "tiny", "--test", "other", "--seeds", "1"]
    words += ["--only", "nn5", "without_dropout", "--logs", str(tmp_path), "--iterations", "2"]
    for told in ("Run 2 of 2", "2 of 2 runs are finished already."):
        with pytest.raises(SystemExit) as exit_:
            ablation.main(words)
        assert exit_.value.code == 0
        assert told in capfd.readouterr().out
    assert (tmp_path / "nn5/without_dropout-tiny-seed0/result.json").exists()
    assert (tmp_path / "ablation.md").exists()
