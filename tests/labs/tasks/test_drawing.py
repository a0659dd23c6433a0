"""Pictures of what was measured say what their numbers say."""

import numpy as np

from labs.tasks import drawing


def test_a_cell_of_the_confusion_matrix_is_as_dark_as_its_share_of_the_row():
    picture = drawing.confusion(np.array([[30, 10], [0, 20]]), ("man", "woman"))
    corners = picture[[[80], [190]], [80, 190]]
    assert corners.tolist() == [[64, 191], [255, 0]]


def test_the_confusion_matrix_has_a_row_and_a_column_for_each_class_and_an_empty_one_stays_white():
    counts = np.array([[3, 1, 0], [0, 0, 0], [2, 0, 8]])
    picture = drawing.confusion(counts, ("child", "adult", "old"))
    corners = picture[[[80], [190], [300]], [80, 190, 300]]
    assert corners.tolist() == [[64, 191, 255], [255, 255, 255], [204, 255, 51]]
