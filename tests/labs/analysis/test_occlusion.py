"""What becomes of an answer while a square covers a part: against covering by hand."""

import numpy as np
import pytest

from labs.analysis.occlusion import occlusion_map


@pytest.mark.parametrize("shape", [(10, 12), (10, 12, 3)])
def test_the_occlusion_map_is_what_covering_by_hand_gives(shape):
    random = np.random.default_rng(6)
    image = random.integers(0, 256, shape, np.uint8)
    weights = random.normal(size=shape)

    def probabilities(covered):
        return 1 / (
            1 + np.exp(-np.sum(weights * (covered / 256.0), axis=(*range(1, image.ndim + 1),)))
        )

    found = occlusion_map(probabilities, image, side=4, stride=3)
    assert found.shape == (3, 3)  # (10 - 4) / 3 + 1, and (12 - 4) / 3 + 1, rounded down
    for i in range(3):
        for j in range(3):
            by_hand = image.copy()
            for row in range(3 * i, 3 * i + 4):
                for column in range(3 * j, 3 * j + 4):
                    by_hand[row, column] = 128
            total = float((weights * by_hand / 256.0).sum())
            assert found[i, j] == pytest.approx(1 / (1 + np.exp(-total)))
