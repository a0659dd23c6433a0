"""What students write trains, restores, evaluates, predicts and leaves as Keras's own would.

Each network and optimizer of `networks` and `optimizers` is trained for six iterations, and for
three and then three more; and once more by `keras.Model.fit`, from the same start on the same
batches. A student's network that comes to mind is tested by being listed there.
"""

import contextlib
import gc
import io
import json
import types

import keras
import numpy as np
import plain_keras
import pytest
import tensorflow as tf
from networks import NETWORKS
from optimizers import OPTIMIZERS
from student import ITERATIONS

from dsutil import DataSet
from dsutil.binary import pair_paths
from labs import catalogue, export, predict, runs
from labs.analysis.trained import restored

ALIKE = "answers alike"
DRAWN = "seed_generator_state"  # the variables of which follow from the step, and are not kept


def marked(student):
    marks = [pytest.mark.slow] if student.slow else []
    return pytest.param(student, id=student.name, marks=marks)


@pytest.fixture(scope="module", params=map(marked, [*NETWORKS, *OPTIMIZERS]))
def student(request):
    """A student whose lab the tools find."""
    # Keras collects garbage before each network; what TensorFlow keeps for ever need not be looked
    # through each time.
    gc.collect()
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "lab_of", lambda run: request.param.lab)
        yield request.param


@pytest.fixture(scope="module")
def train(student, run_lab_in, tmp_path_factory):
    """Trains the student's lab; returns the folder of the run."""
    logs = tmp_path_factory.mktemp(student.name)

    def train(run, iterations, *more):
        module = types.SimpleNamespace(lab=student.lab)
        words = ("--run", run, "--iterations", iterations, *more)
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            code = run_lab_in(logs, module, *words)
        assert code == 0, errors.getvalue()
        return logs / "student" / run

    return train


@pytest.fixture(scope="module")
def whole(train):
    """The folder of a run that was never stopped."""
    return train("whole", ITERATIONS, "--precision", "float32", "--summaries", "light")


@pytest.fixture(scope="module")
def by_keras(student, faces):
    """The model that Keras's own training makes, and its weights before."""
    tiny = DataSet(*pair_paths(faces, "tiny"))
    return plain_keras.fit(student, tiny.images, tiny.labels, ITERATIONS, batch_size=16)


@pytest.fixture(scope="module")
def predicted(whole):
    """What `predict` says in JSON: of all rows of `tiny`, and how it does on `other`."""
    words = [str(whole), "--data", "tiny", "--rows", "0:", "--evaluate", "other", "--json"]
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as out:
        with contextlib.redirect_stderr(errors):
            assert predict.main(words) == 0, errors.getvalue()
    out.seek(0)
    return json.load(out)


@pytest.fixture
def images(faces):
    return np.array(DataSet(*pair_paths(faces, "tiny")).images)


def probabilities(predicted):
    return np.array(
        [[one["probabilities"][name] for name in ("man", "woman")] for one in predicted["pictures"]]
    )


def state(run):
    """Every number in the newest checkpoint of a run, by name, as bytes."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name).tobytes() for name in names if "save_counter" not in name}


@pytest.mark.slow
def test_a_run_that_stops_and_goes_on_is_equal_to_the_bit(train, whole):
    parts = train("parts", ITERATIONS // 2, "--precision", "float32", "--summaries", "curves")
    train("parts", ITERATIONS, "--restore")
    assert state(parts) == state(whole)


def test_the_weights_are_those_of_keras_s_own_training(student, whole, by_keras):
    trained = restored(student.lab, runs.existing(whole)).model
    model, start = by_keras
    kept = [i for i, v in enumerate(model.variables) if not v.path.endswith(DRAWN)]
    ours, theirs = (
        [np.array(network.variables[i], float) for i in kept] for network in (trained, model)
    )
    ways = [np.abs(end - start[i]).max() for i, end in zip(kept, theirs, strict=True)]
    learned = [way for i, way in zip(kept, ways, strict=True) if model.variables[i].trainable]
    assert max(learned) > 2e-5  # there is something to agree with
    for i, mine, other, way in zip(kept, ours, theirs, ways, strict=True):
        # What rounding leaves of a gradient that is zero is a share of terms that are not, and
        # of float32's 24 bits of each weight the last four may differ.
        rounding = student.rounding * max(way, *learned) + 2**-20 * np.abs(other).max()
        assert mine == pytest.approx(other, abs=rounding, rel=0), model.variables[i].path


def test_its_accuracy_is_that_of_the_result_and_of_keras_s_own_model(
    whole, predicted, by_keras, faces
):
    result = json.loads((whole / "result.json").read_text())
    assert predicted["evaluation"]["accuracy"] == result["test_accuracy"]
    other = DataSet(*pair_paths(faces, "other"))
    scores = np.array(by_keras[0](plain_keras.scaled(other.images), training=False))
    assert np.abs(scores[:, 0] - scores[:, 1]).min() > 1e-4  # no answer turns on rounding
    assert result["test_accuracy"] == np.mean(scores.argmax(1) == other.labels.argmax(1))


def test_its_answers_are_those_of_keras_s_own_model(student, predicted, by_keras, images):
    scores = np.array(by_keras[0](plain_keras.scaled(images), training=False), float)
    expected = student.probabilities(scores)
    assert probabilities(predicted) == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_each_export_answers_as_predict_does_or_is_refused_in_a_sentence(
    student, whole, predicted, images, tmp_path, said_by
):
    wrong = {}
    for kind in kinds_of(student):
        to = f"{tmp_path}/model{kind}"
        code, _, err = said_by(export, whole, "--to", to)
        if code == 0:
            answers = loaded(to)(images.reshape(-1, 48, 48))
            found = how_far(answers, predicted, student.exported)
        else:
            found = sentence(code, err)
            assert list(tmp_path.glob("model*")) == [], "a refused one is left"
        if student.refused.get(kind, ALIKE) not in found:
            wrong[kind] = found
    assert wrong == {}


def kinds_of(student):
    """The kinds of files to export to: all, but of a slow student one in turn, and the refused."""
    if not student.slow:
        return student.kinds
    turn = [*NETWORKS, *OPTIMIZERS].index(student) % max(1, len(student.kinds))
    return [k for i, k in enumerate(student.kinds) if i == turn or k in student.refused]


def how_far(answers, predicted, allowed):
    """In words, how the answers of an export are to those of `predict`."""
    answers = np.stack([answers["man"], answers["woman"]], axis=1)
    furthest = np.abs(answers - probabilities(predicted)).max()
    return ALIKE if furthest < allowed else f"answers differ by {furthest:.2g}"


def sentence(code, err):
    """What a command said that refused; more than that, if it is not as a refusal should be."""
    one = code == 2 and err.startswith("error: ") and len(err.splitlines()) == 1
    return err if one else f"no sentence, but exit code {code} and {err}"


def loaded(path):
    """A model as the README loads it: from images to the classes' probabilities."""
    if path.endswith(".keras"):
        return keras.saving.load_model(path).predict_on_batch
    if path.endswith("/"):
        model = tf.saved_model.load(path)  # its variables live as long as it does
        return lambda images: model.serve(images)
    runner = tf.lite.Interpreter(path).get_signature_runner("serving_default")
    return lambda images: runner(images=images)
