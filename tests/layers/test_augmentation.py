"""Augmentation, by its effect on pictures of which every pixel is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network, reloaded
from reference import uniform
from scipy import ndimage

import layers as Layers

COUNT, HEIGHT, WIDTH = 256, 12, 20
CENTRE = np.array([HEIGHT - 1, WIDTH - 1]) / 2
# Each pixel holds its row and its column: what comes out says from where it came.
PLACES = np.stack(np.mgrid[:HEIGHT, :WIDTH], axis=-1).astype("float32")

GEOMETRIC = {
    "random_affine": lambda t: Layers.random_affine(t, 0.2, 30, 0.2),
    "random_crop": lambda t: Layers.random_crop(t, 0.3),
    "random_flip": Layers.random_flip,
    "random_rotation": lambda t: Layers.random_rotation(t, 30),
    "random_shift": lambda t: Layers.random_shift(t, 0.2),
    "random_zoom": lambda t: Layers.random_zoom(t, 0.2),
}
OF_OURS = GEOMETRIC | {  # made of classes of ours
    "random_blur": Layers.random_blur,
    "random_brightness": lambda t: Layers.random_brightness(t, 0.2),
    "random_contrast": lambda t: Layers.random_contrast(t, 0.5),
    "random_erasing": lambda t: Layers.random_erasing(t, 0.5),
}
ALL = OF_OURS | {"random_noise": lambda t: Layers.random_noise(t, 0.1)}
EACH = pytest.mark.parametrize("layer", ALL.values(), ids=ALL)


def trained_on(layer, pictures):
    """What training sees of `pictures`."""
    return np.asarray(network(layer, *pictures.shape[1:])(pictures, training=True))


def copies(picture, count=COUNT):
    return np.repeat(picture[None], count, axis=0)


def random_pictures(count=8):
    return uniform(count, HEIGHT, WIDTH, 1).astype("float32")


def clipped(places):
    """Places, with the nearest ones in the picture for those outside."""
    return np.clip(places, 0, [HEIGHT - 1, WIDTH - 1])


def assert_spread(draws, low, high):
    """Draws from low to high: none beyond, and of 256, some near either end."""
    assert draws.min() >= low - 1e-4
    assert draws.max() <= high + 1e-4
    assert draws.min() < low + 0.1 * (high - low)
    assert draws.max() > high - 0.1 * (high - low)


def assert_same_places(y, places):
    np.testing.assert_allclose(y, places, atol=1e-3)


# ---------------------------------------------------------------------------------- what they draw


def test_a_shift_is_up_to_its_share_of_each_side_either_way():
    y = trained_on(lambda t: Layers.random_shift(t, 0.2), copies(PLACES))
    moved = PLACES[6, 10] - y[:, 6, 10]  # nothing from outside reaches the middle
    assert_spread(moved[:, 0], -0.2 * HEIGHT, 0.2 * HEIGHT)
    assert_spread(moved[:, 1], -0.2 * WIDTH, 0.2 * WIDTH)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 4 / np.sqrt(COUNT)
    assert_same_places(y, clipped(PLACES - moved[:, None, None]))


def test_a_flip_is_the_picture_or_its_mirror_half_the_time():
    x = random_pictures(COUNT)
    y = trained_on(Layers.random_flip, x)
    same, mirrored = (np.all(y == z, axis=(1, 2, 3)) for z in (x, x[:, :, ::-1]))
    assert np.all(same != mirrored)
    assert abs(same.mean() - 0.5) < 4 * 0.5 / np.sqrt(COUNT)


def test_a_rotation_is_about_the_centre_up_to_its_degrees_either_way():
    y = trained_on(lambda t: Layers.random_rotation(t, 30), copies(PLACES))
    down = y[:, 6, 10] - y[:, 5, 10]  # where a step down the picture leads
    angles = np.arctan2(down[:, 1], down[:, 0])
    assert_spread(np.degrees(angles), -30, 30)
    cos, sin = np.cos(angles), np.sin(angles)
    turns = np.array([[cos, -sin], [sin, cos]])  # (2, 2, images)
    expected = np.einsum("abn,hwb->nhwa", turns, PLACES - CENTRE) + CENTRE
    assert_same_places(y, clipped(expected))


def test_a_zoom_is_about_the_centre_and_keeps_proportions():
    y = trained_on(lambda t: Layers.random_zoom(t, 0.2), copies(PLACES))
    seen = y[:, 6, 10, 0] - y[:, 5, 10, 0]
    assert_spread(seen, 1 - 0.2, 1 + 0.2)
    expected = CENTRE + seen[:, None, None, None] * (PLACES - CENTRE)
    assert_same_places(y, clipped(expected))


def test_an_affine_transformation_turns_and_zooms_about_the_centre_and_then_moves():
    shift, degrees, zoom = 0.15, 30, 0.2
    # Linear in the place, so that pictures from outside go on as they began.
    places = np.pad(PLACES, ((20, 20), (20, 20), (0, 0)), mode="reflect", reflect_type="odd")
    y = trained_on(
        lambda t: Layers.random_affine(t, shift * HEIGHT / (HEIGHT + 40), degrees, zoom),
        copies(places),
    )[:, 20:-20, 20:-20]
    down, right = y[:, 6, 10] - y[:, 5, 10], y[:, 6, 10] - y[:, 6, 9]
    scales, angles = np.hypot(*down.T), np.arctan2(down[:, 1], down[:, 0])
    assert_spread(scales, 1 - zoom, 1 + zoom)
    assert_spread(np.degrees(angles), -degrees, degrees)
    # A turn leaves right angles and proportions as they are.
    np.testing.assert_allclose(right, np.stack([-down[:, 1], down[:, 0]], 1), atol=1e-3)
    # Where the picture's centre comes from, turned and scaled forward again, is the shift.
    from_centre = y.mean((1, 2)) - CENTRE
    turned = np.stack([down / scales[:, None] ** 2, right / scales[:, None] ** 2], 1)
    moved = -np.einsum("nab,nb->na", turned, from_centre)
    assert_spread(moved[:, 0], -shift * HEIGHT, shift * HEIGHT)
    spread = shift * HEIGHT * (WIDTH + 40) / (HEIGHT + 40)
    assert_spread(moved[:, 1], -spread, spread)
    draws = np.stack([scales, angles, *moved.T])
    assert abs(np.corrcoef(draws) - np.eye(4)).max() < 4 / np.sqrt(COUNT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda t: Layers.random_affine(t, 0.2), lambda t: Layers.random_shift(t, 0.2)),
        (lambda t: Layers.random_affine(t, 0, 30), lambda t: Layers.random_rotation(t, 30)),
        (lambda t: Layers.random_affine(t, 0, 0, 0.2), lambda t: Layers.random_zoom(t, 0.2)),
    ],
    ids=["shift", "rotation", "zoom"],
)
def test_an_affine_transformation_of_one_kind_reaches_as_far_as_that_kinds_layer(one, other):
    ours, theirs = (trained_on(layer, copies(PLACES)) for layer in (one, other))
    for end in (np.min, np.max):
        np.testing.assert_allclose(end(ours, axis=0), end(theirs, axis=0), atol=0.6)


def test_an_affine_transformation_mirrors_half_of_the_pictures_where_it_is_asked_to():
    x = random_pictures(COUNT)
    y = trained_on(lambda t: Layers.random_affine(t, flip=True), x)
    same, mirrored = (np.isclose(y, z, atol=1e-5).all(axis=(1, 2, 3)) for z in (x, x[:, :, ::-1]))
    assert np.all(same != mirrored)
    assert abs(same.mean() - 0.5) < 4 * 0.5 / np.sqrt(COUNT)


def test_a_mirrored_picture_is_turned_and_moved_as_any_other():
    y = trained_on(lambda t: Layers.random_affine(t, 0.2, 30, 0.2, flip=True), copies(PLACES))
    down, right = y[:, 6, 10] - y[:, 5, 10], y[:, 6, 10] - y[:, 6, 9]
    area = down[:, 0] * right[:, 1] - down[:, 1] * right[:, 0]  # negative where mirrored
    assert 0.3 < (area < 0).mean() < 0.7
    scales = np.sqrt(abs(area))
    assert_spread(scales, 0.8, 1.2)
    for mirrored in (False, True):
        assert_spread(
            np.degrees(np.arctan2(down[:, 1], down[:, 0]))[(area < 0) == mirrored], -30, 30
        )


def test_an_affine_transformation_without_any_changes_nothing():
    x = random_pictures()
    np.testing.assert_allclose(trained_on(Layers.random_affine, x), x, atol=1e-6)


def test_a_crop_shows_a_window_of_one_size_anywhere_within_the_picture():
    share = 0.3
    y = trained_on(lambda t: Layers.random_crop(t, share), copies(PLACES))
    # The pictures' middles and, half of what a window sees before them, its beginnings; a picture
    # begins half a pixel before its first pixel's middle.
    middles = y[:, 5:7, 9:11].mean((1, 2))
    begins = middles - (1 - share) / 2 * np.array([HEIGHT, WIDTH])
    assert_spread(begins[:, 0], -0.5, share * HEIGHT - 0.5)
    assert_spread(begins[:, 1], -0.5, share * WIDTH - 0.5)
    expected = middles[:, None, None] + (1 - share) * (PLACES - CENTRE)
    inside = np.all((expected >= 1) & (expected <= [HEIGHT - 2, WIDTH - 2]), axis=-1)
    assert inside.mean() > 0.8
    assert_same_places(y[inside], expected[inside])


def test_brightness_adds_one_number_to_a_picture_up_to_its_share_either_way():
    y = trained_on(lambda t: Layers.random_brightness(t, 0.2), copies(PLACES[..., :1] / 100))
    added = y - PLACES[..., :1] / 100
    assert_spread(added[:, 0, 0, 0], -0.2, 0.2)
    np.testing.assert_allclose(added, added[:, :1, :1] * np.ones_like(added), atol=1e-6)
    bright = trained_on(lambda t: Layers.random_brightness(t, 0.2), np.full((COUNT, 4, 4, 1), 0.45))
    assert bright.max() == 0.5  # clipped


def test_erasing_covers_a_box_of_each_picture_with_grey():
    y = trained_on(
        lambda t: Layers.random_erasing(t, 0.25), np.full((COUNT, 40, 60, 1), 0.25, "f4")
    )
    covered = y[..., 0] == 0
    assert np.array_equal(y[..., 0] == 0.25, ~covered)
    rows, columns = covered.any(axis=2), covered.any(axis=1)
    assert np.array_equal(covered, rows[:, :, None] & columns[:, None])  # boxes
    for sides, length in ((rows.sum(axis=1), 40), (columns.sum(axis=1), 60)):
        assert sides.min() >= np.sqrt(0.02) * length - 1
        assert sides.max() <= np.sqrt(0.25) * length + 1
        assert len(set(sides)) > 5
    assert 1 < len({image.tobytes() for image in covered})


def test_contrast_moves_pixels_from_or_to_the_mean_of_their_channel():
    x = copies(0.3 * uniform(HEIGHT, WIDTH, 2) + [0.1, -0.1]).astype("float32")
    y = trained_on(lambda t: Layers.random_contrast(t, 0.5), x)
    means = x.mean((1, 2), keepdims=True)
    factors = (y - means)[:, 0, 0, 0] / (x - means)[:, 0, 0, 0]
    assert_spread(factors, 1 - 0.5, 1 + 0.5)
    expected = means + factors[:, None, None, None] * (x - means)
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_contrast_leaves_no_pixel_beyond_half():
    x = np.sign(random_pictures(COUNT)) / 2
    y = trained_on(lambda t: Layers.random_contrast(t, 0.5), x)
    assert abs(y).max() == 0.5


def test_noise_has_its_deviation_and_mean_0():
    y = trained_on(lambda t: Layers.random_noise(t, 0.1), copies(PLACES[..., :1])) - PLACES[..., :1]
    assert y.std() == pytest.approx(0.1, rel=4 / np.sqrt(2 * y.size))
    assert abs(y.mean()) < 4 * 0.1 / np.sqrt(y.size)


def test_a_blur_is_scipys_gaussian_of_a_deviation_up_to_sigma():
    impulse = np.zeros((HEIGHT, WIDTH))
    impulse[6, 10] = 1
    picture = uniform(HEIGHT, WIDTH)
    y = trained_on(lambda t: Layers.random_blur(t, 2), copies(np.stack([impulse, picture], -1)))
    # A Gaussian falls by exp(-1 / (2 sigma^2)) from its middle to the next pixel; in float32, to
    # nothing for a sigma below 0.1.
    with np.errstate(divide="ignore"):
        sigmas = np.sqrt(-0.5 / np.log(y[:, 6, 11, 0] / y[:, 6, 10, 0]))
    assert_spread(sigmas, 0, 2)
    for sigma, blurred in zip(sigmas, y[..., 1], strict=True):
        options = {"sigma": max(sigma, 1e-3), "mode": "constant", "radius": WIDTH}
        weights = ndimage.gaussian_filter(np.ones((HEIGHT, WIDTH)), **options)
        expected = ndimage.gaussian_filter(picture, **options) / weights
        np.testing.assert_allclose(blurred, expected, atol=1e-4)


def test_a_blur_frames_no_picture_in_grey():
    white = np.full((8, HEIGHT, WIDTH, 1), 0.5, "float32")
    np.testing.assert_allclose(trained_on(Layers.random_blur, white), white, rtol=1e-6)


def test_a_blur_of_0_changes_nothing():
    x = random_pictures()
    np.testing.assert_array_equal(trained_on(lambda t: Layers.random_blur(t, 0), x), x)


def test_what_comes_in_from_outside_can_be_chosen():
    ones = np.ones((8, HEIGHT, WIDTH, 1), "float32")
    y = trained_on(lambda t: Layers.random_shift(t, 0.2, fill_mode="constant", fill_value=3), ones)
    assert y.min() == 1
    assert y.max() > 1.5


# -------------------------------------------------------------------------------- what all promise


@EACH
def test_inference_leaves_pictures_as_they_are(layer):
    x = random_pictures()
    model = network(layer, HEIGHT, WIDTH, 1)
    for y in (model(x), model(x, training=False), model.predict(x, verbose=0)):
        np.testing.assert_array_equal(y, x)


@EACH
def test_each_picture_of_a_batch_has_a_draw_of_its_own(layer):
    y = trained_on(layer, copies(random_pictures(1)[0], 32))
    different = {picture.tobytes() for picture in y}
    # A flip has two outcomes; a blur by less than a tenth of a pixel rounds to none.
    assert len(different) == 2 if layer is Layers.random_flip else len(different) > 24


@EACH
def test_each_batch_has_draws_of_its_own(layer):
    x, model = random_pictures(32), network(layer, HEIGHT, WIDTH, 1)
    assert np.any(model(x, training=True) != model(x, training=True))


@EACH
def test_draws_follow_from_the_states_of_the_models_generators(layer):
    x, model = random_pictures(32), network(layer, HEIGHT, WIDTH, 1)
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    assert len(states) == len(model.variables) == len(model.layers) - 1  # but for the input
    before = [np.array(state) for state in states]
    first = model(x, training=True)
    for state, value in zip(states, before, strict=True):
        state.assign(value)
    np.testing.assert_array_equal(model(x, training=True), first)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("layer", GEOMETRIC.values(), ids=GEOMETRIC)
def test_low_precision_rounds_pixels_but_not_how_far_they_move(layer, policy):
    x = random_pictures()
    keras.utils.set_random_seed(1)
    expected = trained_on(layer, x)
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy(policy)
    y = network(layer, HEIGHT, WIDTH, 1)(x, training=True)
    assert y.dtype == policy.removeprefix("mixed_")
    # 8 bits of a number below a half: the input's, the output's, and a crop's between its layers.
    np.testing.assert_allclose(tf.cast(y, "float32"), expected, atol=3 * 2.0**-10)


@pytest.mark.parametrize(
    "layer",
    [
        lambda t: Layers.random_shift(t, 0.1, seed=7),
        lambda t: Layers.random_affine(t, 0.1, seed=7),
        lambda t: Layers.random_crop(t, 0.1, seed=7),
        lambda t: Layers.random_blur(t, seed=7),
    ],
    ids=["shift", "affine", "crop", "blur"],
)
def test_a_seed_makes_the_same_draws(layer):
    x = random_pictures()
    np.testing.assert_array_equal(trained_on(layer, x), trained_on(layer, x))


def test_names_are_the_layers_names():
    def each(t):
        t = Layers.random_shift(t, 0.1, "shift")
        t = Layers.random_flip(t, "flip")
        t = Layers.random_rotation(t, 10, "rotation")
        t = Layers.random_zoom(t, 0.1, "zoom")
        t = Layers.random_crop(t, 0.1, "crop")
        t = Layers.random_contrast(t, 0.1, "contrast")
        t = Layers.random_blur(t, 1, "blur")
        return Layers.random_noise(t, 0.1, "noise")

    names = [layer.name for layer in network(each, HEIGHT, WIDTH, 1).layers[1:]]
    expected = "shift flip rotation zoom crop_shift crop contrast blur noise"
    assert names == expected.split()


@pytest.mark.parametrize(
    "layer",
    [
        lambda t: Layers.random_shift(t, 1.1),
        lambda t: Layers.random_affine(t, shift=1.1),
        lambda t: Layers.random_affine(t, degrees=361),
        lambda t: Layers.random_affine(t, zoom=1),
        lambda t: Layers.random_rotation(t, 361),
        lambda t: Layers.random_zoom(t, 1),
        lambda t: Layers.random_crop(t, 1),
        lambda t: Layers.random_brightness(t, 1.1),
        lambda t: Layers.random_contrast(t, 1.1),
        lambda t: Layers.random_erasing(t, 1.1),
        lambda t: Layers.random_blur(t, -1),
        lambda t: Layers.random_noise(t, -0.1),
    ],
)
def test_arguments_out_of_their_range_are_refused(layer):
    with pytest.raises(ValueError, match=r"range|between|negative"):
        layer(keras.Input((HEIGHT, WIDTH, 1)))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("layer", OF_OURS.values(), ids=OF_OURS)
def test_a_file_that_only_keras_reads_holds_layers_that_change_nothing(layer, policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    for ours in network(layer, HEIGHT, WIDTH, 1).layers[1:]:
        model = reloaded(network(ours.as_keras(), HEIGHT, WIDTH, 1), tmp_path)
        (theirs,) = model.layers[1:]
        assert type(theirs) is keras.layers.Identity
        assert (theirs.name, theirs.compute_dtype) == (ours.name, ours.compute_dtype)
