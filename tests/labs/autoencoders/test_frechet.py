"""The Fréchet distance, beside SciPy's square root of a matrix and closed forms."""

import json

import keras
import numpy as np
import pytest
from scipy import linalg

import layers as Layers
from dsutil import Images, InputError
from labs.autoencoders import frechet
from labs.tasks import Reconstruction

CONFIG = {
    "format": 2,
    "precision": "float32",
    "options": {},
    "data": {use: {"sha256": {}} for use in ("train", "test")},
    "task": {"headline": {"name": "accuracy"}},
}


def rows(seed, count=400, numbers=6):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, numbers)) @ random.normal(size=(numbers, numbers)) + seed


def test_is_the_papers_formula_with_scipys_square_root():
    first, second = rows(0), rows(1)
    one, other = np.cov(first.T), np.cov(second.T)
    root = linalg.sqrtm(one @ other).real
    apart = np.sum((first.mean(0) - second.mean(0)) ** 2)
    expected = apart + np.trace(one + other - 2 * root)
    assert frechet.distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_of_clouds_along_the_same_axes_is_that_of_their_deviations():
    """Covariances that commute: the sum of the squared differences of the standard deviations."""
    cross = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) * np.sqrt(3 / 4)  # covariance 1
    first, second = cross * [1, 5] + [0, 1], cross * [4, 3] + [2, 1]
    assert frechet.distance(first, second) == pytest.approx(
        (2 - 0) ** 2 + (4 - 1) ** 2 + (3 - 5) ** 2
    )


def test_is_none_of_a_cloud_to_itself_even_where_it_is_flat():
    flat = rows(2) * [1, 1, 1, 0, 0, 0]
    assert frechet.distance(flat, flat[::-1]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("ending", ["alone", "wrapped", "softmax apart"])
def test_features_are_what_the_last_layer_sees(ending):
    images = np.random.default_rng(0).integers(0, 256, (7, 6), np.uint8)
    x = keras.Input((6,))
    t = keras.layers.Dense(4, name="seen")(x)
    y = keras.layers.Dense(2)(t)
    model = keras.Model(x, keras.layers.Softmax()(y) if ending == "softmax apart" else y)
    kernel, bias = model.get_layer("seen").get_weights()
    expected = (images - 128.0) / 256 @ kernel + bias
    if ending == "wrapped":
        z = keras.Input((6,))
        model = keras.Model(z, Layers.AdversarialTraining(model, 0.1)(z))
    np.testing.assert_allclose(frechet.features(model, images), expected, atol=1e-6)


def test_decoded_faces_are_strewn_as_those_that_were_encoded():
    """Through a code that keeps all there is: mean and covariance come back."""
    random = np.random.default_rng(0)
    images = (random.normal(size=(4000, 2)) @ [[20, 10, 0], [0, 10, 30]] + 128).astype(np.uint8)
    centred = images - images.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2].T.astype(np.float32)
    x = keras.Input((3,))
    code = keras.layers.Dense(2, name="code")
    decoder = keras.layers.Dense(3, name="picture")
    model = keras.Model(x, decoder(code(x)))
    code.set_weights([directions, np.zeros(2)])
    mean = ((images.mean(axis=0) - 128) / 256).astype(np.float32)
    decoder.set_weights([directions.T, mean - mean @ directions @ directions.T])
    faces = frechet.decoded(Reconstruction("code", Images((1, 3))), model, images, 20_000, random)
    np.testing.assert_allclose(faces.mean(axis=0), images.mean(axis=0), atol=1)
    np.testing.assert_allclose(np.cov(faces.T), np.cov(images.T), atol=20)


def test_a_code_that_is_no_row_of_numbers_is_refused():
    x = keras.Input((4,))
    code = keras.layers.Reshape((2, 2), name="code")(x)
    model = keras.Model(x, keras.layers.Flatten()(code))
    images = np.zeros((3, 4), np.uint8)
    with pytest.raises(InputError, match=r"'code' codes a face as numbers of shape \(2, 2\)"):
        frechet.decoded(Reconstruction("code", Images((2, 2))), model, images, 2, None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nn4", "--features", "nn4"), "nn4 is a run of nn4: expected one of a lab that paints"),
        (("gan", "--features", "gan"), "gan is a run of gan: expected one of a lab that tells"),
        (
            ("gan", "--features", "nn4", "--autoencoder", "nn4"),
            "expected one of a lab that gives pictures back",
        ),
    ],
)
def test_runs_of_another_question_are_a_sentence(tmp_path, said_by, words, told):
    for lab in ("nn4", "gan"):
        (tmp_path / lab).mkdir()
        (tmp_path / lab / "config.json").write_text(json.dumps(CONFIG | {"lab": lab}))
    code, _, error = said_by(frechet, *(w if w.startswith("-") else tmp_path / w for w in words))
    assert code == 2
    assert told in error
    assert error.count("\n") == 1
