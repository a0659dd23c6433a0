"""Classification, of two classes or more, beside scikit-learn, SciPy and NumPy."""

import json

import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from sklearn import metrics

from dsutil import DataSet, Images, InputError
from dsutil.binary import write_columns
from labs import nn2, nn4
from labs.tasks import COURSE, Classification

AGE = Classification("age", ("child", "adult", "old"), Images((8, 6, 3)))
IMAGE = np.zeros((8, 6, 3), np.uint8)


def one_hot(labels, classes=3):
    return np.eye(classes, dtype=np.float32)[labels]


@pytest.fixture(scope="module")
def case():
    """Scores of 500 images, what was measured of them as a network's loss says, and labels."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 500)
    scores = (random.normal(0, 1, (500, 3)) + one_hot(labels)).astype(np.float32)
    y, desired = tf.constant(scores), AGE.desired(None, tf.constant(one_hot(labels)))
    measured = {"accuracy": AGE.measure(y, desired)}
    measured |= AGE.details(y, desired, AGE.answer(nn4.loss)(y))
    return scores, labels, {name: np.asarray(value) for name, value in measured.items()}


def test_the_course_s_question_is_which_of_man_and_woman():
    assert COURSE == Classification("gender", ("man", "woman"))
    assert COURSE.output_shape == (2,)
    assert COURSE.output == "a score for each of the two classes"
    assert AGE.output == "a score for each of the three classes"


def test_labels_are_read_from_the_column_s_file(tmp_path):
    paths = [column.path(tmp_path, "x") for column in AGE.columns]
    assert [path.name for path in paths] == ["data_x.bin", "age_x.bin"]
    labels = one_hot([2, 0, 1])
    write_columns(paths, AGE.columns, [(np.zeros((3, 8, 6, 3), np.uint8), labels)])
    assert paths[1].read_bytes() == labels.astype("<f4").tobytes()
    assert np.array_equal(DataSet(paths[0], paths[1:], columns=AGE.columns).labels, labels)
    labels[1] = 0.5
    labels.astype("<f4").tofile(paths[1])
    with pytest.raises(InputError, match=r"age_x\.bin row 1"):
        DataSet(paths[0], paths[1:], columns=AGE.columns)


@pytest.mark.parametrize("classes", [(), ("one",), ("same", "same"), ("a", "b", "a")])
def test_fewer_than_two_classes_or_one_twice_is_refused(classes):
    with pytest.raises(ValueError, match="The classes are"):
        Classification("age", classes)


def test_a_label_that_would_be_read_from_the_images_file_is_refused():
    with pytest.raises(InputError, match="two columns called 'data'"):
        Classification("data", ("child", "adult"))


def test_classes_that_are_one_word_are_no_classes():
    with pytest.raises(InputError, match="The classes are 'man'"):
        Classification("gender", "man")


def test_classes_that_come_in_a_list_are_the_same_task():
    listed = Classification("age", list(AGE.classes), AGE.images)
    assert listed == AGE
    assert hash(listed) == hash(AGE)


def test_the_numbers_of_a_set_are_scikit_learn_s(case):
    scores, labels, measured = case
    answers = scores.argmax(axis=1)
    assert AGE.numbers(measured) == {"accuracy": metrics.accuracy_score(labels, answers)}
    confusion = AGE.confusion(measured, (one_hot(labels),))
    assert np.array_equal(confusion.matrix, metrics.confusion_matrix(labels, answers))
    said = json.loads(json.dumps(AGE.as_json(measured, (one_hot(labels),)), allow_nan=False))
    assert said["accuracy"] == metrics.accuracy_score(labels, answers)
    for kind in ("precision", "recall"):
        score = getattr(metrics, f"{kind}_score")(labels, answers, average=None)
        assert said[kind] == pytest.approx(dict(zip(AGE.classes, score, strict=True)))
    lines = list(AGE.lines(measured, (one_hot(labels),)))
    assert [line.split()[0] for line in lines[1:4]] == list(AGE.classes)


def test_the_answers_are_probabilities_as_the_loss_means_the_scores(case):
    scores, _, measured = case
    assert measured["probabilities"] == pytest.approx(special.softmax(scores, axis=1), abs=1e-6)
    shares = np.float32([[0.25, 0.25, 0.5], [1, 0, 0]])  # as the squared error's scores come to
    assert np.asarray(AGE.answer(nn2.loss)(shares)) == pytest.approx(shares, abs=1e-6)


def test_images_without_a_highest_score_are_undecided():
    inf, nan = np.inf, np.nan
    decided = [[1, 2, 3], [0, 0, 0], [5, 5, 1], [inf, 0, 0], [-inf, -inf, 0]]
    undecided = [[nan, 1, 2], [1, 2, nan], [nan] * 3, [inf] * 3, [-inf] * 3]
    scores = tf.constant(decided + undecided, tf.float32)
    measured = AGE.details(scores, None, scores)
    found = AGE.undecided({name: np.asarray(value) for name, value in measured.items()})
    assert found.tolist() == [False] * 5 + [True] * 5


def test_the_worst_are_wrong_and_the_surest_comes_first(case):
    women = np.array([0.9, 0.2, 0.6, 0.99, 0.3, 0.4])
    labels = np.array([0, 1, 0, 1, 1, 0])
    measured = {
        "accuracy": np.float32(labels == (women > 0.5)),
        "probabilities": np.stack([1 - women, women], axis=1),
    }
    assert COURSE.worst(measured, 10).tolist() == [0, 1, 4, 2]
    assert COURSE.worst(measured, 2).tolist() == [0, 1]
    scores, labels, measured = case
    wrong = [row for row in range(500) if scores[row].argmax() != labels[row]]
    wrong.sort(key=lambda row: -measured["probabilities"][row].max())
    assert AGE.worst(measured, 16).tolist() == wrong[:16]


def test_where_all_are_right_none_is_the_worst():
    measured = {"accuracy": np.ones(3, np.float32), "probabilities": np.eye(3)}
    assert AGE.worst(measured, 16).tolist() == []


@pytest.mark.parametrize(
    ("labels", "count", "rows"),
    [
        ([1, 1, 1, 0, 1, 0, 1], 4, [0, 3, 1, 5]),
        ([1, 1, 1, 0, 1, 0, 1], 6, [0, 3, 1, 5, 2, 4]),
        ([2, 2, 2, 2, 0, 2, 1, 0], 5, [0, 4, 6, 1, 7]),
        ([1, 1], 5, [0, 1]),
    ],
)
def test_the_images_to_look_at_are_the_first_ones_of_each_class_in_turn(labels, count, rows):
    assert AGE.some((one_hot(labels),), len(labels), count).tolist() == rows


def test_tensorboard_is_shown_each_class_and_the_confusion_matrix(case):
    scores, labels, measured = case
    *curves, matrix = AGE.shown(measured, (one_hot(labels),))
    for i, curve in enumerate(curves):
        of_class, probability = curve.values
        assert (curve.kind, curve.tag) == ("pr_curve", f"precision_recall/{AGE.classes[i]}")
        assert np.array_equal(of_class, labels == i)
        assert probability == pytest.approx(special.softmax(scores, axis=1)[:, i], abs=1e-6)
    assert len(curves) == 3
    assert (matrix.kind, matrix.tag) == ("image", "confusion_matrix")
    assert matrix.values[0].dtype == np.uint8


def test_an_answer_is_told_with_the_label_where_it_is_wrong():
    answer = np.float32([0.125, 0.75, 0.125])
    assert AGE.header.split() == ["answer", "probability"]
    assert AGE.told(IMAGE, answer) == "adult   0.7500"
    assert AGE.told(IMAGE, answer, (one_hot(1),)) == "adult   0.7500"
    assert AGE.told(IMAGE, answer, (one_hot(2),)) == "adult   0.7500  (labelled old)"
    assert AGE.header.index("probability") == AGE.told(IMAGE, answer).index("0.75")
    long = Classification("age", ("under eighteen", "older"))
    assert long.header.index("probability") == long.told(IMAGE, np.array([0.3, 0.7])).index("0.7")


def test_a_caption_says_what_was_answered_what_is_true_and_whether_that_is_wrong():
    answer = np.float32([0.125, 0.75, 0.125])
    assert AGE.caption(IMAGE, answer) == ("adult 0.75", None, None)
    assert AGE.caption(IMAGE, answer, (one_hot(1),)) == ("adult 0.75", "adult", False)
    assert AGE.caption(IMAGE, answer, (one_hot(0),)) == ("adult 0.75", "child", True)
    assert AGE.picture(IMAGE, answer) is IMAGE


def test_json_has_each_probability_by_name_and_the_label_where_it_is_known():
    answer = np.float32([0.125, 0.75, 0.125])
    said = {"answer": "adult", "probabilities": {"child": 0.125, "adult": 0.75, "old": 0.125}}
    assert AGE.answer_as_json(IMAGE, answer) == said
    assert AGE.answer_as_json(IMAGE, answer, (one_hot(2),)) == said | {"label": "old"}
    assert json.dumps(AGE.vocabulary()) == '{"classes": ["child", "adult", "old"]}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([np.nan, 0.5, 0.5], "the network's scores are no numbers"),
        ([1 / 3, 1 / 3, 1 / 3], "the network gives all classes the same score"),
    ],
)
def test_an_answer_that_is_none_has_a_reason_and_is_null_in_json(answer, why):
    assert AGE.why_none(np.float32(answer)) == why
    said = json.loads(json.dumps(AGE.answer_as_json(IMAGE, np.float32(answer)), allow_nan=False))
    assert said["answer"] is None
    assert [share is None for share in said["probabilities"].values()] == np.isnan(answer).tolist()


def test_of_two_classes_it_says_both():
    assert COURSE.why_none(np.array([0.5, 0.5])).startswith("the network gives both classes")
    assert COURSE.why_none(np.array([0.25, 0.75])) is None


def test_the_projector_s_table_has_label_answer_probability_and_whether_it_is_right():
    answers = np.float32([[0.1, 0.7, 0.2], [0.6, 0.2, 0.2]])
    header, rows = AGE.labels(answers, (one_hot([1, 2]),))
    assert header == ("label", "answer", "probability", "right")
    assert rows == [("adult", "adult", "0.700", "right"), ("old", "child", "0.600", "wrong")]


def test_an_exported_model_answers_by_the_names_of_the_classes():
    answers = np.float32([[0.1, 0.7, 0.2], [0.6, 0.2, 0.2]])
    outputs = AGE.outputs(answers)
    assert list(outputs) == list(AGE.classes)
    assert np.array_equal(np.stack(list(outputs.values()), axis=1), answers)
    assert AGE.outputs_told() == "probabilities child, adult, old (n,)"


def test_a_loss_and_answers_that_cannot_be_meant_are_told(case):
    scores, labels, measured = case
    shares = special.softmax(scores, axis=1)
    (sentence,) = AGE.check_loss(nn4.loss, shares, one_hot(labels))
    assert "log_softmax" in sentence
    assert list(AGE.check_loss(nn2.loss, scores, one_hot(labels))) == []
    assert list(AGE.check_answers(50, 0.1, measured, (one_hot(labels),))) == []
    always = measured | {"choice": np.full(500, 2)}
    (sentence,) = AGE.check_answers(50, 0.1, always, (one_hot(labels),))
    assert "every one of the 500 images is answered old" in sentence
