"""Whether a model answers as the network does."""

import numpy as np
import pytest

from dsutil import InputError
from labs.analysis.agreement import OF_16_BITS, Reference, faces_to_compare


def network(steepness, shift=0.0):
    """The network whose probability follows from the mean pixel, as a logistic curve."""

    def probabilities(x):
        man = 1 / (1 + np.exp(-steepness * x.mean(axis=1, dtype=np.float64))) + shift
        return np.stack([man, 1 - man], axis=1)

    return probabilities


def model(of_network):
    """An export of a network, without a fault."""

    def answers(images):
        x = (images.reshape(len(images), -1).astype(np.float32) - 128) / 256
        return dict(zip(("man", "woman"), of_network(x).T, strict=True))

    return answers


def test_a_model_that_answers_as_the_network_is_accepted_whatever_rounding_adds():
    Reference(network(3)).check(model(network(3)), "It", "")
    Reference(network(3)).check(model(network(3, shift=5e-6)), "It", "")


@pytest.mark.parametrize("shift", [2e-3, -2e-3, np.nan, np.inf])
def test_a_model_that_answers_otherwise_is_refused(shift):
    with pytest.raises(InputError, match=r"It answers otherwise .* Ask her\."):
        Reference(network(3)).check(model(network(3, shift)), "It", "Ask her.")


def test_a_model_that_is_wrong_in_a_batch_of_one_is_refused():
    def wrong(x):
        return network(3, shift=0.01 if len(x) == 1 else 0)(x)

    with pytest.raises(InputError, match=r"differs by 0\.01"):
        Reference(network(3)).check(model(wrong), "It", "")


def wave(frequency):
    """A network that makes the more of rounding the higher its frequency is, on any face."""

    def probabilities(x):
        man = 0.5 + 0.25 * np.sin(frequency * x.mean(axis=1, dtype=np.float64))
        return np.stack([man, 1 - man], axis=1)

    return probabilities


def test_a_network_that_makes_much_of_rounding_may_be_answered_less_exactly_but_not_otherwise():
    assert Reference(wave(3)).allowed == pytest.approx(1e-4, rel=0.01)
    # Of 2304 pixels, each moved by 2^-20 of about 0.2, the mean moves by some 4e-9.
    assert 2e-4 < Reference(wave(3e5)).allowed < 2e-3
    assert Reference(wave(1e12)).allowed == 0.01


def test_a_network_in_16_bits_is_the_reference_only_for_itself_in_32():
    rough = Reference(network(3, shift=0.01), OF_16_BITS)
    assert rough.refined(network(3), "It", "").allowed == pytest.approx(1e-4, rel=0.1)
    with pytest.raises(InputError, match="It answers otherwise"):
        rough.refined(network(3, shift=0.2), "It", "")


def test_a_network_without_answers_or_with_others_each_time_is_no_reference():
    with pytest.raises(InputError, match="no numbers"):
        Reference(network(np.nan))
    random = np.random.default_rng(1)
    with pytest.raises(InputError, match="each time"):
        Reference(lambda x: random.random((len(x), 2)))


def test_the_faces_to_compare_are_the_same_each_time_and_differ_from_one_another():
    faces = faces_to_compare()
    assert np.array_equal(faces, faces_to_compare())
    assert len(np.unique(faces, axis=0)) == len(faces) == 32
