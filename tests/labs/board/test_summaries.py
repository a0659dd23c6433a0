"""What a run writes for TensorBoard, read back through TensorBoard's own loaders."""

import dataclasses
import json
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import student_networks
import tensorflow as tf
from sklearn.metrics import confusion_matrix, log_loss, precision_score, recall_score
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins import base_plugin
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups
from tensorboard.plugins.projector import projector_plugin

from dsutil import Images, InputError
from dsutil import Points as PointsColumn
from dsutil.binary import write_columns
from dsutil.dataset import normalized
from labs import nn2, nn4, runs
from labs.analysis.results import read_curves
from labs.board import failures, pictures, projector, summaries
from labs.board.pictures import GAP
from labs.board.probe import Probe
from labs.board.summaries import LONG, Summaries, chooses_full
from labs.machines.workers import Workers
from labs.tasks import COURSE, Classification, Points, Reconstruction, drawing
from labs.training import data_sets, loop, options

ALL = {"tensors": 0}  # keep every point
SLOWLY = ("--learning-rate", 2e-5)


def trained(lab, faces, logs, *arguments):
    """A run that is complete, in logs/<lab>/r, and all it consisted of."""
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", logs]
    words += ["--run", "r", "--batch-size", 16, "--precision", "float32", *arguments]
    given = options.parse(lab, [str(word) for word in words])
    settled = options.Options.of_lab(lab).with_given(given)
    sets = data_sets.open_all(lab.task, settled)
    run = runs.start(given.logs, lab.name, given.run)
    with run.worked_on():
        data = data_sets.describe(sets)
        training = loop.prepared(lab, given, settled, run, sets, data, Workers())
        assert training.run_to_the_end() == 0
    return training


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def full(faces, logs):
    """A run of nn4 with everything, too short to get all faces right."""
    cadence = ("--iterations", 12, "--summary-every", 4, "--evaluate-every", 8)
    training = trained(nn4.lab, faces, logs, *cadence, *SLOWLY, "--summaries", "full")
    test = training.assessment.sets["test"]
    images = normalized(test.read(0, test.count))
    probabilities = np.exp(training.network.model.predict(images, verbose=0).astype(float))
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # 1 to float32 only
    return SimpleNamespace(
        training=training,
        path=training.run.path,
        model=training.network.model,
        images=images,
        labels=np.asarray(test.labels),
        probabilities=probabilities,
    )


@pytest.fixture(scope="module")
def light(faces, logs):
    """A run of nn2 with what is due by default."""
    cadence = ("--iterations", 12, "--summary-every", 4, "--evaluate-every", 8)
    return trained(nn2.lab, faces, logs, *cadence).run.path


def read(folder, tag):
    """The points of a curve: {step: array}."""
    accumulator = EventAccumulator(str(folder), size_guidance=ALL).Reload()
    return {event.step: tf.make_ndarray(event.tensor_proto) for event in accumulator.Tensors(tag)}


def tags(folder):
    """The steps of each tag: {tag: [step, ...]}."""
    accumulator = EventAccumulator(str(folder), size_guidance=ALL).Reload()
    return {
        tag: [event.step for event in accumulator.Tensors(tag)]
        for tag in accumulator.Tags()["tensors"]
    }


def picture(folder, tag, step):
    """The pixels of a picture."""
    return tf.io.decode_png(read(folder, tag)[step][2]).numpy().squeeze()


def test_accuracy_and_loss_of_train_and_test_share_a_chart(full):
    found = {use: read(full.path / use, "accuracy") for use in ("train", "test")}
    answers, truth = full.probabilities.argmax(axis=1), full.labels.argmax(axis=1)
    assert found["test"][12] == pytest.approx(np.mean(answers == truth))
    assert list(found["train"]) == list(found["test"]) == [8, 12]
    losses = {use: read(full.path / use, "loss")[12] for use in ("train", "test")}
    assert losses["test"] == pytest.approx(log_loss(truth, full.probabilities), rel=1e-4)
    gap = read(full.path / "test", "generalisation_gap")[12]
    assert gap == pytest.approx(found["train"][12] - found["test"][12])
    assert gap != 0


def test_the_numbers_of_a_line_are_curves(full):
    train = full.path / "train"
    for tag in ("batch/loss", "batch/accuracy", "learning_rate", "gradient_norm"):
        assert list(read(train, tag)) == [0, 4, 8]
    assert read(train, "learning_rate")[8] == pytest.approx(2e-5)
    assert min(read(train, "images_per_second").values()) > 0


def test_the_gradients_and_updates_are_the_first_iteration_s(light, faces, tmp_path):
    """nn2 by hand, from the weights that its seed gives."""
    again = trained(nn2.lab, faces, tmp_path, "--iterations", 1)
    images, (labels,), rows = again.batches.load(0, 1)
    network = type(again.network)(nn2.lab, again.options)
    w1, b1, w2, b2 = (np.float64(v.numpy()) for v in network.model.trainable_variables)
    images, labels = images.numpy()[rows[0]], labels.numpy()[rows[0]]
    x, t = (images - 128.0) / 256, labels
    s = 1 / (1 + np.exp(-(x @ w1 + b1)))
    dy = 2 * (s @ w2 + b2 - t)
    ds = dy @ w2.T * s * (1 - s)
    gradients = [x.T @ ds, ds.sum(axis=0), s.T @ dy, dy.sum(axis=0)]
    norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    train = light / "train"
    assert read(train, "gradient_norm")[0] == pytest.approx(norm, rel=1e-4)
    ratio = 1e-4 * np.linalg.norm(gradients[0]) / np.linalg.norm(w1)
    assert read(train, "update_to_weight/fc_1/kernel")[0] == pytest.approx(ratio, rel=1e-2)
    buckets = read(train, "fc_2/kernel/gradient")[0]
    edges = np.linspace(gradients[2].min(), gradients[2].max(), 31)
    assert buckets[:, 0] == pytest.approx(edges[:-1], abs=1e-4)


def test_weights_have_mean_deviation_extremes_and_a_histogram_as_numpy_has_them(full):
    kernel = full.model.get_layer("conv_3").kernel.numpy()
    numbers = {"mean": kernel.mean(), "stddev": kernel.std(), "min": kernel.min()}
    for name, value in (numbers | {"max": kernel.max()}).items():
        found = read(full.path / "train", f"conv_3/kernel/{name}")
        assert list(found) == [0, 4, 8, 12]
        assert found[12] == pytest.approx(value, abs=1e-6)
    buckets = read(full.path / "train", "conv_3/kernel")[12]  # left edge, right edge, count
    counts, edges = np.histogram(kernel, bins=30)
    assert buckets[:, 0] == pytest.approx(edges[:-1], abs=1e-6)
    assert buckets[:, 1] == pytest.approx(edges[1:], abs=1e-6)
    assert np.array_equal(buckets[:, 2], counts)


def test_activations_have_a_histogram_as_numpy_has_it(full):
    rows = COURSE.some((full.labels,), 30, 32)
    inside = keras.Model(full.model.input, full.model.get_layer("pool_4").output)
    values = inside.predict(full.images[rows], verbose=0)
    buckets = read(full.path / "test", "pool_4/activation")[12]
    assert buckets[0, 0] == pytest.approx(values.min(), abs=1e-5)
    assert buckets[-1, 1] == pytest.approx(values.max(), abs=1e-5)
    assert buckets[:, 2].sum() == values.size
    counts, _ = np.histogram(values, 30)
    assert np.abs(buckets[:, 2] - counts).max() < 0.001 * values.size


def test_the_kernels_picture_is_the_weights(full):
    kernel = full.model.get_layer("conv_1").kernel.numpy()
    pixels = picture(full.path / "train", "kernels/conv_1", 12)[-(8 * 50 + GAP) :]
    limit = np.abs(kernel).max()
    for i in range(64):
        top, left = (GAP + (48 + GAP) * place for place in divmod(i, 8))
        middles = pixels[top : top + 48, left : left + 48][8::16, 8::16]
        assert (middles - 127.5) / 127.5 * limit == pytest.approx(kernel[:, :, 0, i], abs=0.005)


def test_what_the_first_layer_learned_is_the_weights_since_their_start(full):
    start = type(full.training.network)(nn4.lab, full.training.options).model
    moved = full.model.get_layer("conv_1").kernel - start.get_layer("conv_1").kernel
    found = read(full.path / "train", "kernels_learned/conv_1")
    assert list(found) == [4, 8, 12]  # at 0 there is nothing
    pixels = tf.io.decode_png(found[12][2]).numpy().squeeze()[-(8 * 50 + GAP) :]
    limit = np.abs(moved).max()
    for i in range(64):
        top, left = (GAP + (48 + GAP) * place for place in divmod(i, 8))
        middles = pixels[top : top + 48, left : left + 48][8::16, 8::16]
        assert (middles - 127.5) / 127.5 == pytest.approx(moved[:, :, 0, i] / limit, abs=0.005)


def faces_of(picture):
    """The faces (16, 2304) of a picture of 4 times 4 with captions."""
    side, caption = 96, 30
    places = [
        (GAP + i // 4 * (side + caption + GAP), GAP + i % 4 * (side + GAP)) for i in range(16)
    ]
    tiles = [picture[top : top + side : 2, left : left + side : 2, 0] for top, left in places]
    return np.stack(tiles).reshape(16, -1)


def test_the_faces_of_the_batch_are_those_it_trains_on_next(full):
    rows = full.training.batches.rows(4, 1)[0]
    shown = faces_of(picture(full.path / "train", "faces/batch", 4))
    assert np.array_equal(shown, full.training.batches.dataset.images[rows[:16]])


def test_the_most_wrong_faces_are_those_answered_wrong_with_the_largest_lead(faces, tmp_path):
    training = trained(nn2.lab, faces, tmp_path, "--iterations", 1)
    test = training.assessment.sets["test"]
    scores = training.network.model.predict(normalized(test.read(0, test.count)), verbose=0)
    right = test.labels.argmax(axis=1)
    lead = np.ptp(scores, axis=1) * (scores.argmax(axis=1) != right)
    rows = np.argsort(-lead)[:16]
    shown = faces_of(picture(training.run.path / "test", "faces/most_wrong", 1))
    count = min(16, np.count_nonzero(lead))
    assert count > 1
    assert np.array_equal(shown[:count], test.images[rows[:count]])


def test_every_conv_and_pool_layer_has_its_maps(full):
    found = tags(full.path / "test")
    for layer in ("conv_1", "pool_2", "conv_3", "pool_4", "conv_5", "pool_6"):
        for kind in ("activation", "gradient"):
            assert found[f"{kind}_maps/{layer}"] == [0, 4, 8, 12]
    inside = keras.Model(full.model.input, full.model.get_layer("conv_5").output)
    row = COURSE.some((full.labels,), 30, 1)
    values = inside.predict(full.images[row], verbose=0)[0]
    pixels = picture(full.path / "test", "activation_maps/conv_5", 12)[-4 * (50 + GAP) :]
    left = 48 + 4 * GAP + GAP
    shown = pixels[GAP : GAP + 48, left : left + 48][2::4, 2::4]
    assert shown / 255 * values.max() == pytest.approx(
        values[..., 0], abs=0.01 * float(values.max())
    )


def test_light_shows_faces_and_activations_at_evaluations_only(light):
    found = tags(light / "test") | tags(light / "train")
    assert found["fc_1/activation"] == found["faces/batch"] == [0, 8, 12]
    assert found["fc_1/kernel"] == found["kernels/fc_1"] == [0, 4, 8, 12]


def test_of_many_points_no_more_kernels_are_written_than_tensorboard_keeps(faces, tmp_path):
    cadence = ("--iterations", 43, "--summary-every", 1, "--evaluate-every", 43)
    train = trained(nn2.lab, faces, tmp_path, *cadence).run.path / "train"
    assert tags(train)["kernels/fc_1"] == [*range(0, 41, 4), 43]
    assert tags(train)["fc_1/kernel"] == [*range(44)]


def test_what_is_shown_changes_no_bit_of_what_is_learned(full, faces, tmp_path):
    cadence = ("--iterations", 12, "--summary-every", 12, "--evaluate-every", 12)
    other = trained(nn4.lab, faces, tmp_path, *cadence, *SLOWLY, "--summaries", "light")
    for mine, its in zip(full.model.variables, other.network.model.variables, strict=True):
        assert np.array_equal(mine, its)


def test_curves_alone_are_those_of_a_full_run_and_nothing_else_and_change_no_bit(
    full, faces, tmp_path
):
    cadence = ("--iterations", 12, "--summary-every", 4, "--evaluate-every", 8)
    training = trained(nn4.lab, faces, tmp_path, *cadence, *SLOWLY, "--summaries", "curves")
    more, alone = (read_curves(path) for path in (full.path, training.run.path))
    for use in ("train", "test"):
        apart = r"(fc|conv)_.*/(mean|stddev|min|max)|dead_relu/.*|images_per_second"
        wanted = {tag: points for tag, points in more[use].items() if not re.fullmatch(apart, tag)}
        assert len(wanted) > 2
        assert {tag: alone[use].get(tag) for tag in wanted} == wanted
        assert set(tags(training.run.path / use)) - {"__run_graph__"} == set(alone[use])
    for mine, its in zip(full.model.variables, training.network.model.variables, strict=True):
        assert np.array_equal(mine, its)


def test_no_picture_is_written_of_what_has_no_pixels(light):
    assert not [tag for tag in tags(light / "test") if "_maps/" in tag]


def test_a_long_run_is_full_and_a_short_one_light_unless_told():
    assert not chooses_full("auto", 700, 700)
    assert chooses_full("auto", LONG * 700, 700)
    assert chooses_full("full", 1, 700)
    assert not chooses_full("light", 10**6, 700)


def test_the_precision_recall_curve_of_the_test_set_is_scikit_learn_s(full):
    *_, precision, recall = read(full.path / "test", "precision_recall/woman/pr_curves")[12]
    women = full.labels[:, 1] == 1
    for i in (20, 60, 100, 140):
        threshold = i / 200
        says = full.probabilities[:, 1] >= threshold
        if np.abs(full.probabilities[:, 1] - threshold).min() > 1e-5:
            assert precision[i] == pytest.approx(precision_score(women, says, zero_division=0))
            assert recall[i] == pytest.approx(recall_score(women, says))


def test_the_confusion_matrix_is_scikit_learn_s(full):
    counts = confusion_matrix(full.labels.argmax(axis=1), full.probabilities.argmax(axis=1))
    pixels = picture(full.path / "test", "confusion_matrix", 12)
    shares = counts / counts.sum(axis=1, keepdims=True)
    corners = pixels[[[80], [190]], [80, 190]]
    assert corners == pytest.approx(255 * (1 - shares), abs=1)


def test_the_projector_finds_the_layer_before_the_last_with_labels_and_thumbnails(full, logs):
    plugin = projector_plugin.ProjectorPlugin(
        base_plugin.TBContext(logdir=str(logs), data_provider=provider(logs))
    )
    plugin._update_configs()
    (embedding,) = plugin._configs["nn4/r"].embeddings
    points = projector_plugin._read_tensor_tsv_file(str(full.path / embedding.tensor_path))
    flat = keras.Model(full.model.input, full.model.get_layer("flatten").output)
    assert points == pytest.approx(flat.predict(full.images, verbose=0), rel=1e-4, abs=1e-5)
    assert list(embedding.tensor_shape) == list(points.shape) == [30, 576]
    header, *rows = (full.path / embedding.metadata_path).read_text().splitlines()
    assert header.split("\t")[:2] == ["label", "answer"]
    classes = np.array(["man", "woman"])
    assert [row.split("\t")[0] for row in rows] == list(classes[full.labels.argmax(axis=1)])
    assert [row.split("\t")[1] for row in rows] == list(classes[full.probabilities.argmax(axis=1)])
    sprite = tf.io.decode_png((full.path / embedding.sprite.image_path).read_bytes()).numpy()
    seventh = sprite[48:96, 48:96, 0]  # 6 a row
    assert np.array_equal(seventh.ravel(), full.training.assessment.sets["test"].images[7])


def provider(logs):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=ALL)
    multiplexer.AddRunsFromDirectory(str(logs)).Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, str(logs))


def test_hparams_has_a_row_for_each_run_with_its_options_and_final_accuracies(full, light, logs):
    backend = backend_context.Context(base_plugin.TBContext(data_provider=provider(logs)))
    request = api_pb2.ListSessionGroupsRequest(
        start_index=0,
        slice_size=9,
        allowed_statuses=[api_pb2.STATUS_SUCCESS],
        col_params=[api_pb2.ColParams(hparam="lab", order=api_pb2.ORDER_ASC)],
    )
    handler = list_session_groups.Handler(context.RequestContext(), backend, "", request)
    first, second = handler.run().session_groups
    for group, path in ((first, light), (second, full.path)):
        assert group.hparams["lab"].string_value == path.parent.name
        assert group.hparams["iterations"].number_value == 12
        assert group.hparams["train"].string_value == "tiny"
        result = json.loads((path / "result.json").read_text())
        metrics = {(m.name.group, m.name.tag): m.value for m in group.metric_values}
        assert metrics["test", "accuracy"] == pytest.approx(result["test_accuracy"])
        assert metrics["train", "accuracy"] == pytest.approx(result["train_accuracy"])


def test_text_has_the_layers_and_the_command(full):
    assert "3\\*3\\*1\\*64 + 64 = 640" in read(full.path, "layers")[0].item().decode()
    assert "24,882" in read(full.path, "layers")[0].item().decode()
    command = read(full.path, "command")[0].item().decode()
    assert "python -m labs.nn4 \\\n" in command
    assert "\n    --summaries full\n" in command


def test_a_restored_run_says_both_commands_and_its_new_options(faces, tmp_path):
    first = trained(nn2.lab, faces, tmp_path, "--iterations", 4)
    words = ["--logs", str(tmp_path), "--run", "r", "--restore", "--iterations", "6"]
    with pytest.raises(SystemExit):
        nn2.lab.main(words)
    assert list(read(first.run.path, "command")) == [0, 4]
    metadata = EventAccumulator(str(first.run.path)).Reload()
    content = metadata.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    assert (
        backend_context.metadata.parse_session_start_info_plugin_data(content)
        .hparams["iterations"]
        .number_value
        == 6
    )


def test_each_chart_of_the_layout_draws_something(full):
    layout = Layout.FromString(read(full.path, "custom_scalars__config__")[0].item())
    expressions = [t for c in layout.category for h in c.chart for t in h.multiline.tag]
    scalars = [*tags(full.path / "train"), *tags(full.path / "test")]
    for expression in expressions:
        assert any(re.match(expression, tag) for tag in scalars), expression


def test_the_graph_has_the_lab_s_layers_by_name_and_shape(full):
    graph = EventAccumulator(str(full.path / "train")).Reload().Graph()
    nodes = {node.name: node for node in graph.node}
    assert nodes["conv_3"].op == "Conv2D"
    assert list(nodes["conv_3"].input) == ["pool_2"]
    assert list(nodes["pool_4"].input) == ["conv_3"]
    shape = nodes["conv_3"].attr["_output_shapes"].list.shape[0]
    assert [dim.size for dim in shape.dim] == [-1, 24, 24, 32]
    assert len(nodes) == 10


@pytest.fixture
def failing(monkeypatch):
    """Makes a failure of whoever looks on one of the run, so that no test passes by it."""

    def fail(part, error):
        raise AssertionError(f"TensorBoard does without {part}") from error

    monkeypatch.setattr(failures, "tell", fail)


EVERYTHING = ("--summaries", "full", "--summary-every", 1, "--evaluate-every", 1)
A_LITTLE = ("--iterations", 2, "--learning-rate", 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [
        student_networks.one_sequential,
        student_networks.model_as_head,
        student_networks.composed_layer,
        student_networks.shared_layer,
        student_networks.two_inputs_last,
        student_networks.attention_last,
        student_networks.states,
        student_networks.dictionary,
        student_networks.nothing_to_learn,
        student_networks.operations_only,
        student_networks.no_kernel,
        student_networks.not_finite,
        student_networks.discrete,
        student_networks.compiled,
        student_networks.with_state,
    ],
    ids=lambda network: network.__name__,
)
def test_every_network_is_shown_in_full_until_its_end(network, faces, tmp_path, failing):
    lab = dataclasses.replace(nn2.lab, network=network)
    training = trained(lab, faces, tmp_path, *A_LITTLE, *EVERYTHING)
    path = training.run.path
    assert read(path / "test", "accuracy").keys() == {1, 2}
    assert (path / "projector_config.pbtxt").exists()
    for layer in training.network.model.layers:
        if isinstance(layer, keras.layers.Dense):
            assert read(path / "test", f"{layer.name}/activation").keys() == {0, 1, 2}


def broken(*_args, **_options):
    raise ValueError("this cannot be shown\nand more of it")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "function", "part", "lost"),
    [
        (Probe, "reactions", "what the faces do in the layers", "fc_1/activation"),
        (projector, "points", "the Projector", None),
        (summaries, "layer_graph", "the Graphs tab", None),
        (summaries.describe, "markdown", "the table of the layers", None),
        (summaries, "variable_names", "the weights", "fc_1/kernel"),
        (pictures, "first_kernel", "the pictures of the first kernel", "kernels/fc_1"),
        (pictures, "answered", "the pictures of faces with their answers", "faces/batch"),
        (drawing, "confusion", "what the task shows of an evaluation", "confusion_matrix"),
    ],
)
def test_what_cannot_be_shown_is_missing_and_the_run_goes_on(
    owner, function, part, lost, faces, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(owner, function, broken)
    path = trained(nn2.lab, faces, tmp_path, *A_LITTLE, *EVERYTHING).run.path
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if f"without {part}:" in line]
    assert told == [
        f"warning: training goes on, but TensorBoard does without {part}: "
        "ValueError: this cannot be shown"
    ]
    found = tags(path / "train") | tags(path / "test")
    expected = {"accuracy": [1, 2], "fc_1/kernel": [0, 1, 2], "fc_1/activation": [0, 1, 2]}
    for tag, steps in expected.items():
        if tag != lost:
            assert found[tag] == steps
    assert lost not in found
    assert json.loads((path / "result.json").read_text())["iterations"] == 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), InputError("no")])
def test_a_full_disk_is_not_passed_over(error, faces, tmp_path, monkeypatch):
    def full(*_):
        raise error

    monkeypatch.setattr(projector, "write", full)
    with pytest.raises(type(error), match=str(error.args[-1])):
        trained(nn2.lab, faces, tmp_path, *A_LITTLE)


def test_a_picture_of_one_layer_that_fails_costs_no_other(faces, tmp_path, monkeypatch):
    maps = pictures.maps

    def some(name, *arguments):
        return broken() if "conv_1" in name else maps(name, *arguments)

    monkeypatch.setattr(pictures, "maps", some)
    found = tags(trained(nn4.lab, faces, tmp_path, "--iterations", 1).run.path / "test")
    assert "activation_maps/conv_3" in found
    assert "conv_1/activation" in found
    assert "activation_maps/conv_1" not in found


def test_looking_on_changes_no_bit_of_a_network_with_every_kind_of_state(
    faces, tmp_path, monkeypatch, failing
):
    lab = dataclasses.replace(nn2.lab, network=student_networks.with_state)
    common = ("--iterations", 5, "--evaluate-every", 5, "--learning-rate", 1e-5)
    looking = (*common, "--summaries", "full", "--summary-every", 1)
    watched = trained(lab, faces, tmp_path / "watched", *looking)
    monkeypatch.setattr(Summaries, "faces", lambda *_: None)
    monkeypatch.setattr(Summaries, "evaluation", lambda *_: None)
    alone = trained(lab, faces, tmp_path / "alone", *common, "--summary-every", 5)

    def state(training):
        layer = training.network.model.get_layer("remembers")
        kept = {v.path: v for v in training.network.model.variables}
        kept |= {f"metric {i}": v for i, v in enumerate(layer.metric.variables)}
        return {name: np.array(v) for name, v in (kept | {"raw": layer.raw}).items()}

    mine, its = state(watched), state(alone)
    assert mine.keys() == its.keys()
    for name, value in mine.items():
        assert np.array_equal(value, its[name]), name


def test_tags_of_equally_named_layers_do_not_collide(faces, tmp_path, monkeypatch, failing):
    def network(x):
        inner = [keras.Sequential([keras.layers.Dense(2, name="fc")], name=n) for n in ("p", "q")]
        return keras.layers.Dense(2, name="fc")(inner[1](inner[0](x)))

    lab = dataclasses.replace(nn2.lab, network=network)
    found = tags(trained(lab, faces, tmp_path, *A_LITTLE, *EVERYTHING).run.path / "test")
    for name in ("p/fc", "q/fc", "fc"):
        assert found[f"{name}/activation"] == [0, 1, 2]


def test_of_very_many_layers_some_have_pictures_of_their_maps(faces, tmp_path, monkeypatch):
    def network(x):
        t = keras.layers.Reshape((48, 48, 1))(x)
        for number in range(1, 6):
            t = keras.layers.AveragePooling2D(1, name=f"pool_{number}")(t)
        return keras.layers.Dense(2)(keras.layers.Flatten()(t))

    monkeypatch.setattr(summaries, "MAPPED", 3)
    lab = dataclasses.replace(nn2.lab, network=network)
    found = tags(trained(lab, faces, tmp_path, "--iterations", 1).run.path / "test")
    mapped = [tag for tag in found if tag.startswith("activation_maps/")]
    assert sorted(mapped) == [f"activation_maps/pool_{number}" for number in (1, 3, 5)]
    assert "pool_2/activation" in found


# ------------------------------------------------------------------------------ other questions

SMALL = Images((8, 6, 3))
OTHERS = {
    Classification("age", ("child", "adult", "old"), SMALL): {
        "confusion_matrix", *(f"precision_recall/{name}/pr_curves" for name in ("child", "old"))
    },
    Points(PointsColumn("points", ("nose", "chin"), 8), SMALL): {"distance/nose", "distance/chin"},
    Reconstruction("code", SMALL): {"between"},
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with coloured noise, and an age and two points for each picture of it."""
    folder = tmp_path_factory.mktemp("small")
    columns = dict.fromkeys(column for task in OTHERS for column in task.columns)
    random = np.random.default_rng(0)
    for name, count in (("tiny", 50), ("other", 30)):
        for column in columns:
            values = random.integers(0, 256, (count, *column.shape)).astype(column.dtype)
            if column.name == "age":
                values = np.eye(3, dtype=np.float32)[random.integers(0, 3, count)]
            if column.name == "points":
                values /= 32
            write_columns([column.path(folder, name)], [column], [(values,)])
    return folder


@pytest.mark.parametrize("task", OTHERS, ids=lambda task: type(task).__name__)
def test_a_run_of_any_task_is_shown_by_the_task_s_own_numbers_and_pictures(
    task, small, tmp_path, failing
):
    def network(x):
        code = keras.layers.Dense(5, "tanh", name="code")(x)
        return keras.layers.Dense(*task.output_shape, name="out")(code)

    lab = dataclasses.replace(nn2.lab, task=task, network=network)
    cadence = ("--iterations", 4, "--summary-every", 2, "--evaluate-every", 2)
    path = trained(lab, small, tmp_path, *cadence, "--summaries", "full").run.path
    found = {use: tags(path / use) for use in ("train", "test")}
    name, result = task.headline.name, json.loads((path / "result.json").read_text())
    for use in ("train", "test"):
        assert found[use][name] == [2, 4]
        assert read(path / use, name)[4] == pytest.approx(result[f"{use}_{name}"])
    gap = task.headline.gap(result[f"train_{name}"], result[f"test_{name}"])
    assert read(path / "test", "generalisation_gap")[4] == pytest.approx(gap, abs=1e-6)
    assert OTHERS[task] <= found["test"].keys()
    assert found["train"]["faces/batch"] == [0, 2, 4]
    assert found["test"]["faces/most_wrong"] == [2, 4]
    assert found["train"]["kernels/code"] == [0, 2, 4]
    header = (path / "projector/faces.tsv").read_text().splitlines()[0]
    assert header.split("\t")[0] in ("label", "row")
    layout = Layout.FromString(read(path, "custom_scalars__config__")[0].item())
    for expression in (t for c in layout.category for h in c.chart for t in h.multiline.tag):
        if expression != "^dead_relu/":  # there is no ReLU
            assert any(re.match(expression, tag) for use in found.values() for tag in use)
    metadata = EventAccumulator(str(path)).Reload().SummaryMetadata("_hparams_/experiment")
    experiment = backend_context.metadata.parse_experiment_plugin_data(metadata.plugin_data.content)
    metrics = {(info.name.group, info.name.tag) for info in experiment.metric_infos}
    assert {("train", name), ("test", name)} <= metrics
