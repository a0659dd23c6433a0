"""Whether a model answers as the network does."""

import numpy as np
import pytest

from dsutil import FACES, Images, InputError
from dsutil import Points as PointsColumn
from labs.analysis import agreement
from labs.analysis.agreement import OF_16_BITS, OF_32_BITS, images_to_compare
from labs.tasks import COURSE, Points


def reference(network, rounding=OF_32_BITS):
    return agreement.Reference(network, COURSE, rounding)


def network(steepness, shift=0.0):
    """The network whose probability follows from the mean pixel, as a logistic curve."""

    def probabilities(x):
        man = 1 / (1 + np.exp(-steepness * x.mean(axis=1, dtype=np.float64))) + shift
        return {"man": man, "woman": 1 - man}

    return probabilities


def model(of_network):
    """An export of a network, without a fault."""

    def answers(images):
        x = (images.reshape(len(images), -1).astype(np.float32) - 128) / 256
        return of_network(x)

    return answers


def test_a_model_that_answers_as_the_network_is_accepted_whatever_rounding_adds():
    reference(network(3)).check(model(network(3)), "It", "")
    reference(network(3)).check(model(network(3, shift=5e-6)), "It", "")


@pytest.mark.parametrize("shift", [2e-3, -2e-3, np.nan, np.inf])
def test_a_model_that_answers_otherwise_is_refused(shift):
    with pytest.raises(InputError, match=r"It answers otherwise .* Ask her\."):
        reference(network(3)).check(model(network(3, shift)), "It", "Ask her.")


def test_a_model_that_is_wrong_in_a_batch_of_one_is_refused():
    def wrong(x):
        return network(3, shift=0.01 if len(x) == 1 else 0)(x)

    with pytest.raises(InputError, match=r"differs by 0\.01"):
        reference(network(3)).check(model(wrong), "It", "")


def wave(frequency):
    """A network that makes the more of rounding the higher its frequency is, on any face."""

    def probabilities(x):
        man = 0.5 + 0.25 * np.sin(frequency * x.mean(axis=1, dtype=np.float64))
        return {"man": man, "woman": 1 - man}

    return probabilities


def test_a_network_that_makes_much_of_rounding_may_be_answered_less_exactly_but_not_otherwise():
    assert reference(wave(3)).allowed == pytest.approx(1e-4, rel=0.01)
    # Of 2304 pixels, each moved by 2^-20 of about 0.2, the mean moves by some 4e-9.
    assert 2e-4 < reference(wave(3e5)).allowed < 2e-3
    assert reference(wave(1e12)).allowed == 0.01


def test_a_network_in_16_bits_is_the_reference_only_for_itself_in_32():
    rough = reference(network(3, shift=0.01), OF_16_BITS)
    assert rough.refined(network(3), "It", "").allowed == pytest.approx(1e-4, rel=0.1)
    with pytest.raises(InputError, match="It answers otherwise"):
        rough.refined(network(3, shift=0.2), "It", "")


def test_a_network_without_answers_or_with_others_each_time_is_no_reference():
    with pytest.raises(InputError, match="is no number"):
        reference(network(np.nan))
    random = np.random.default_rng(1)
    with pytest.raises(InputError, match="each time"):
        reference(lambda x: {"man": random.random(len(x))})


# ------------------------------------------------------------------------------ other questions

PICTURE = Images((4, 6, 3))
POINTS = Points(PointsColumn("points", ("nose", "chin"), side=6), PICTURE)


def pointing(shift=0.0):
    """The network that sees its points where the mean pixels of two halves say."""

    def points(x):
        halves = x.reshape(len(x), 2, 36).mean(axis=2, dtype=np.float64)
        return {"points": 3 + 3 * np.stack([halves, -halves], axis=2) + shift}

    return points


def test_answers_of_any_shape_are_compared_in_shares_of_their_size():
    checked = agreement.Reference(pointing(), POINTS)
    checked.check(model(pointing(6 * 5e-5)), "It", "")
    with pytest.raises(InputError, match=r"differs by 0\.01 of 6, where rounding explains"):
        checked.check(model(pointing(6 * 1e-2)), "It", "")


def test_answers_of_another_shape_are_refused():
    def turned(x):
        return {"points": pointing()(x)["points"][:, :1]}

    with pytest.raises(InputError, match="It answers 32 images with the shape"):
        agreement.Reference(pointing(), POINTS).check(model(turned), "It", "")


def test_an_output_that_is_left_out_is_refused():
    def half(x):
        return {"man": network(3)(x)["man"]}

    with pytest.raises(InputError, match="It answers 32 images with the shape"):
        reference(network(3)).check(model(half), "It", "")


@pytest.mark.parametrize("column", [FACES, PICTURE, Images((96, 96))], ids=lambda c: str(c.shape))
def test_the_images_to_compare_are_the_same_each_time_and_differ_from_one_another(column):
    images = images_to_compare(column)
    assert images.dtype == np.uint8
    assert images.shape == (32, column.numbers)
    assert np.array_equal(images, images_to_compare(column))
    assert len(np.unique(images, axis=0)) == 32
