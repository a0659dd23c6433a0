import numpy as np
import tensorflow as tf

from dsutil import picture
from dsutil.__main__ import main
from dsutil.binary import pair_paths, write_pair


def test_the_picture_shows_the_first_of_each_class_men_above_women(tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (35, 2304), np.uint8)
    labels = np.eye(2)[np.arange(35) % 2]  # man, woman, man, ...
    write_pair(*pair_paths(tmp_path, "few"), [(images, labels)])

    paths = [str(path) for path in pair_paths(tmp_path, "few")]
    assert main(["info", *paths, "--picture", str(tmp_path / "faces.png")]) == 0

    shown = tf.io.decode_png((tmp_path / "faces.png").read_bytes()).numpy()[..., 0]
    shown = shown[:: picture.ENLARGED, :: picture.ENLARGED]
    assert np.array_equal(shown[:48, 48:96], images[2].reshape(48, 48))  # the second man
    women = 2 * 48 + picture.GAP  # 18 men are two rows of nine
    assert np.array_equal(shown[women : women + 48, :48], images[1].reshape(48, 48))
    assert shown.shape == (4 * 48 + picture.GAP, 9 * 48)
    assert not shown[-48:, 8 * 48 :].any()  # there are 17 women
