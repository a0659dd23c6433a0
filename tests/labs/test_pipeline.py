"""Scenes, faces, persons: what a detector finds is matched, and a cascade stands beside it."""

import types

import numpy as np
import pytest
from PIL import Image

from dsutil import FACES, SCENE
from dsutil.photos import photo
from labs import predict
from labs.analysis import detected
from labs.detection import cascade, matching
from labs.runs.training_set import TrainingSet


class TrueBoxes:
    """Stands for a detector's task: the answer is boxes."""

    def answer_as_json(self, image, answer):
        return {"boxes": [{"box": box} for box in answer]}


def group(boxes, persons, answer, image=None):
    image = np.zeros((96, 96), np.uint8) if image is None else image
    return matching.Group("group", image, np.array(boxes, float), np.array(persons), answer)


def test_each_face_is_found_once_and_by_the_box_that_fits_it():
    boxes = [[10, 10, 30, 40], [50, 50, 70, 80]]
    near = [[11, 10, 30, 40], [10, 12, 30, 40], [0, 60, 20, 90]]
    found = matching.found_faces(TrueBoxes(), group(boxes, [7, 8], near))
    assert [(face.box, int(person)) for face, person in found] == [((11, 10, 30, 40), 7)]
    assert matching.found_faces(TrueBoxes(), group(boxes, [7, 8], [])) == []
    assert matching.found_faces(TrueBoxes(), group(np.zeros((0, 4)), [], near)) == []


class Told:
    """Stands for a matcher: a face's vector is how far left it is."""

    threshold = 5.0

    def vectors(self, faces):
        return np.array([[face.box[0]] for face in faces], float)


def test_only_pairs_of_a_group_are_asked_and_each_once():
    some = [
        group([[10, 0, 20, 9], [12, 0, 20, 9], [40, 0, 60, 9]], [1, 1, 1], []),
        group([[10, 0, 20, 9], [13, 0, 20, 9]], [5, 6], []),
        group([[10, 0, 20, 9]], [9], []),
    ]
    pairs = matching.matched(Told(), [matching.true_faces(one) for one in some], of=8)
    assert list(zip(pairs.told, pairs.same, strict=True)) == [
        (True, True), (False, True), (False, True), (True, False)
    ]  # fmt: skip
    assert pairs.cells() == ["0.750", "4", "0.250", "0.333", "0.000"]


def test_nothing_is_said_of_pairs_that_there_are_none_of():
    pairs = matching.matched(Told(), [matching.true_faces(group([[1, 0, 9, 9]], [9], []))], of=1)
    assert pairs.cells() == ["1.000", "0", "-", "-", "-"]


def test_the_persons_of_a_group_are_told_from_left_to_right():
    some = group([[40, 0, 60, 9], [10, 0, 20, 9], [70, 0, 90, 9]], [5, 6, 7], [])
    assert some.from_left.tolist() == [6, 5, 7]


def test_a_square_is_told_by_how_broad_a_head_is_and_long_hair_changes_nothing():
    short, long = (detected.Face(None, 1, (30, 20, 50, bottom)) for bottom in (45, 70))
    assert short.square == long.square == pytest.approx((40, 20 + 0.47 * 28, 28))


def test_a_photograph_is_seen_whole_and_its_edges_fill_the_square(tmp_path):
    wide = np.repeat(np.arange(40, dtype=np.uint8)[:, None] * 5, 80, axis=1)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    seen = photo.scene(tmp_path / "wide.png", 80)
    assert seen.shape == (80, 80)
    assert np.array_equal(seen[20:60], wide)
    assert (seen[:20] == wide[0]).all()
    assert (seen[60:] == wide[-1]).all()


def test_predict_shows_a_photograph_whole_to_what_looks_at_scenes(tmp_path):
    Image.fromarray(np.full((50, 90), 7, np.uint8)).save(tmp_path / "plain.png")  # no face in it
    scenes, portraits = (types.SimpleNamespace(images=images) for images in (SCENE, FACES))
    (seen,) = predict.photographs(scenes, [tmp_path / "plain.png"], detect=True)
    assert seen.image.shape == (96, 96)
    (portrait,) = predict.photographs(portraits, [tmp_path / "plain.png"], detect=True)
    assert portrait.unusable.startswith("no face")


def test_what_a_run_was_trained_on_is_called_what_it_is():
    drawn, photographed = (TrainingSet("10k", 10_000, drawn) for drawn in (True, False))
    assert drawn.told(SCENE.what) == "10k, 10,000 drawn scenes"
    assert drawn.told(FACES.what) == "10k, 10,000 drawn faces"
    assert photographed.told(FACES.what) == "10k, 10,000 images"


def test_the_cascade_s_squares_are_left_top_right_and_bottom(monkeypatch):
    class Classifier:
        def __init__(self, path):
            assert path.endswith("haarcascade_frontalface_default.xml")

        def detectMultiScale(self, picture, minSize):
            return np.array([[20, 10, 40, 40]])

    cv2 = photo.load_extra()[1]
    monkeypatch.setattr(cv2, "CascadeClassifier", Classifier)
    assert cascade.by_cascade(np.zeros((100, 100), np.uint8)).tolist() == [[20, 10, 60, 50]]


def test_a_photograph_has_a_rim_of_a_fifth_all_around():
    picture = np.zeros((100, 50), np.uint8)
    picture[1:-1, 1:-1] = 200
    square = cascade.squared(picture, 140)
    rows, columns = np.nonzero(square)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (21, 118, 46, 93)


def test_boxes_and_squares_that_overlap_enough_mean_the_same_face_once():
    ours = np.array([[0, 0, 20, 30], [1, 0, 20, 30], [60, 60, 80, 90.0]])
    squares = np.array([[2, 8, 18, 24], [0, 60, 16, 76.0]])
    assert cascade.agreed(ours, squares) == 1
    assert cascade.agreed(ours[:0], squares) == cascade.agreed(ours, squares[:0]) == 0


def test_both_boxes_are_drawn_in_the_photograph():
    one = types.SimpleNamespace(
        image=np.zeros((96, 96), np.uint8),
        answer=[[10, 10, 30, 40]],
        squares=np.array([[50.0, 50, 70, 70]]),
    )
    shown = cascade.shown(TrueBoxes(), one)
    times = shown.shape[0] // 96
    assert tuple(shown[50 * times, 60 * times]) == cascade.GREEN
    assert shown[10 * times, 20 * times].any()
    assert not np.array_equal(shown[10 * times, 20 * times], shown[50 * times, 60 * times])
