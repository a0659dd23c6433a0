"""`lab.train(...)`: from Python a lab does what its command does, and hands back its run."""

import json
import re
import signal
import threading

import numpy as np
import pytest

from dsutil import DataSet, InputError
from dsutil.binary import pair_paths
from labs import nn2, nn4, predict
from labs.training.interruption import Interruption
from labs.training.loop import Training

OPTIONS = {
    "train": "tiny",
    "test": "other",
    "batch_size": 16,
    "iterations": 10,
    "summary_every": 5,
    "evaluate_every": 5,
    "precision": "float32",
    "summaries": "curves",
}


def words(options):
    """Options as the command line has them."""
    pairs = ((f"--{name.replace('_', '-')}", str(value)) for name, value in options.items())
    return [word for pair in pairs for word in pair]


@pytest.fixture(scope="module")
def by_the_command(faces, preloaded, tmp_path_factory):
    """The folder of a run of nn4 that was trained by its command, in a process of its own."""
    logs = tmp_path_factory.mktemp("command")
    given = words(OPTIONS | {"databases": faces, "logs": logs, "run": "r"})
    code, printed = preloaded("../../labs/nn4.py", *given)
    assert code == 0, printed
    return logs / "nn4/r"


@pytest.fixture(scope="module")
def train(faces):
    """Trains a lab from Python."""
    return lambda lab, logs, **more: lab.train(databases=faces, logs=logs, **OPTIONS | more)


@pytest.fixture(scope="module")
def run(train, tmp_path_factory):
    """nn4, trained from Python after another lab was in the same process."""
    logs = tmp_path_factory.mktemp("python")
    train(nn2.lab, logs)
    return train(nn4.lab, logs, run="r")


@pytest.fixture
def usual():
    """Python's own handling of Ctrl-C; a shell's process in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def interrupted(monkeypatch, usual):
    """Ctrl-C comes while the first iterations are made, once."""
    real = Training.train_on

    def train_on(training, *arguments):
        real(training, *arguments)
        monkeypatch.setattr(Training, "train_on", real)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Training, "train_on", train_on)


def files(folder):
    """What lies in a run's folder, by names without the time and the process."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {re.sub(r"tfevents.*", "tfevents", str(p.relative_to(folder))): p for p in paths}


def assert_same_checkpoints(one, other):
    found = {path.name: path.read_bytes() for path in (one / "checkpoints").glob("ckpt-*")}
    expected = {path.name: path.read_bytes() for path in (other / "checkpoints").glob("ckpt-*")}
    assert found
    assert found == expected


# -------------------------------------------------------------------------------------- the folder


def test_the_run_s_folder_is_the_command_s_and_its_checkpoints_are_to_the_bit(run, by_the_command):
    assert run.path.parts[-2:] == ("nn4", "r")
    assert files(run.path).keys() == files(by_the_command).keys()
    assert_same_checkpoints(run.path, by_the_command)


def test_config_json_is_the_command_s_but_for_the_call_itself(run, by_the_command, faces):
    configs = [
        json.loads((path / "config.json").read_text()) for path in (run.path, by_the_command)
    ]
    ((step, call),) = configs[0].pop("commands")
    configs[1].pop("commands")
    assert configs[0] == configs[1]
    assert step == 0
    assert call.startswith(f'nn4.lab.train(databases="{faces}", logs=')
    assert call.endswith('evaluate_every=5, precision="float32", summaries="curves", run="r")')


def test_a_run_without_a_name_gets_the_next_number(train, tmp_path):
    runs = [train(nn2.lab, tmp_path, iterations=1) for _ in range(2)]
    assert [run.path for run in runs] == [tmp_path / "nn2/1", tmp_path / "nn2/2"]


def test_it_says_what_the_command_says_and_nothing_twice(train, tmp_path, capsys):
    train(nn2.lab, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if "loss" in line).startswith("it=      0 - loss= ")
    assert lines[-1] == f"{tmp_path / 'nn2/1/result.json'}: written"
    assert len(lines) == len(set(lines))


def test_a_thread_trains_to_the_same_bits_and_leaves_the_signals_alone(train, run, tmp_path):
    handlers = [signal.getsignal(number) for number in Interruption.SIGNALS]
    found = []

    def work():
        found.append(train(nn4.lab, tmp_path))
        found.append([signal.getsignal(number) for number in Interruption.SIGNALS])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert_same_checkpoints(found[0].path, run.path)
    assert found[1] == handlers


# ---------------------------------------------------------------------------------- what is refused


def said_by_the_command(lab, arguments, capsys):
    """The sentence with which a lab's command ends."""
    with pytest.raises(SystemExit) as exit_:
        lab.main(arguments)
    assert exit_.value.code == 2
    return capsys.readouterr().err.removeprefix("error: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"iterations": 0}, ["--iterations=0"]),
        ({"iterations": 2.5}, ["--iterations=2.5"]),
        ({"batch_size": "many"}, ["--batch-size=many"]),
        ({"precision": "float16"}, ["--precision=float16"]),
        ({"learning_rate": -1}, ["--learning-rate=-1"]),
        ({"run": "a/b"}, ["--run=a/b"]),
        ({"train": "\udce9"}, ["--train=\udce9"]),
        ({"restore": "yes"}, ["--restore=yes"]),
        ({"changed": True}, ["--changed"]),
        ({"patience": 3}, ["--patience=3"]),
        ({"train": "nosuch"}, ["--train=nosuch"]),
        ({"restore": True}, ["--restore"]),
    ],
    ids=str,
)
def test_what_the_command_refuses_is_refused_in_the_same_sentence(
    options, arguments, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    expected = said_by_the_command(nn2.lab, arguments, capsys)
    with pytest.raises((InputError, FileNotFoundError)) as refusal:
        nn2.lab.train(**options)
    assert str(refusal.value) == expected
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_what_prints_and_trains_nothing_is_no_option(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("describe", "help"):
        with pytest.raises(InputError, match=f"Found the option {name}, which there is not"):
            nn2.lab.train(**{name: True})
    assert capsys.readouterr() == ("", "")


def test_a_mistyped_option_is_answered_by_the_one_that_was_meant():
    with pytest.raises(InputError, match=r"Found the option trian, .* did you mean train\?$"):
        nn2.lab.train(trian="1k")


def test_a_name_that_is_taken_is_refused_as_by_the_command(train, run, faces, capsys):
    logs = run.path.parents[1]
    expected = said_by_the_command(
        nn4.lab, words(OPTIONS | {"databases": faces, "logs": logs, "run": "r"}), capsys
    )
    with pytest.raises(InputError) as refusal:
        train(nn4.lab, logs, run="r")
    assert str(refusal.value) == expected
    assert "is there already" in expected


def test_options_that_are_none_or_false_are_left_to_the_lab(train, tmp_path):
    run = train(nn2.lab, tmp_path, iterations=1, seed=None, restore=False)
    assert json.loads((run.path / "config.json").read_text())["options"]["seed"] == 0


# ----------------------------------------------------------------------------------- interruption


def test_ctrl_c_saves_and_a_second_call_goes_on_to_the_same_bits(
    interrupted, train, run, tmp_path, capsys
):
    with pytest.raises(KeyboardInterrupt) as stopped:
        train(nn4.lab, tmp_path)
    call = f'lab.train(logs="{tmp_path}", run="1", restore=True)'
    assert str(stopped.value) == f"{tmp_path / 'nn4/1'} is saved; {call} goes on with it"
    assert "and saved. Go on with" in capsys.readouterr().out
    assert not (tmp_path / "nn4/1/result.json").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    gone_on = nn4.lab.train(logs=tmp_path, run="1", restore=True)
    assert gone_on.result["iterations"] == 10
    newest = "ckpt-10.data-00000-of-00001"
    saved = [(one.path / "checkpoints" / newest).read_bytes() for one in (gone_on, run)]
    assert saved[0] == saved[1]


def test_restore_without_a_name_goes_on_with_the_run_that_was_worked_on_last(train, tmp_path):
    for name in ("first", "second"):
        train(nn2.lab, tmp_path, run=name, iterations=2)
    gone_on = nn2.lab.train(logs=tmp_path, iterations=3, restore=True)
    assert gone_on.path == tmp_path / "nn2/second"
    assert gone_on.result["iterations"] == 3


# ------------------------------------------------------------------------------- what comes back


def test_the_result_is_what_result_json_says(run):
    assert run.result == json.loads((run.path / "result.json").read_text())
    assert run.result["iterations"] == 10


def test_a_curve_ends_in_what_was_reached(run):
    for use in ("train", "test"):
        steps, values = run.curve(f"{use}/accuracy")
        assert steps.tolist() == [5, 10]
        assert values.dtype == np.float64
        assert values[-1] == np.float32(run.result[f"{use}_accuracy"])  # as event files keep it
    assert run.curve("train/batch/loss").steps.tolist() == [0, 5]


def test_a_validation_set_has_curves_as_well(train, tmp_path):
    run = train(nn2.lab, tmp_path, iterations=5, validation_share=0.2)
    steps, values = run.curve("validation/accuracy")
    assert (steps[-1], values[-1]) == (5, np.float32(run.result["best_validation_accuracy"]))


def test_a_curve_that_there_is_not_is_answered_by_those_there_are(run):
    with pytest.raises(InputError) as refusal:
        run.curve("accuracy")
    told = str(refusal.value)
    assert told.startswith(f"{run.path} has no curve 'accuracy': did you mean ")
    assert {"test/accuracy", "train/accuracy"} <= set(re.split(r"[ ,?]+", told))


def test_a_curve_like_none_is_answered_by_all(run):
    with pytest.raises(InputError) as refusal:
        run.curve("xyz")
    found = set(re.split(r"[ ,?]+", str(refusal.value)))
    assert {"test/accuracy", "test/loss", "train/batch/loss"} <= found


def test_answers_are_the_tool_s_to_the_bit(run, said_by, faces):
    code, out, err = said_by(predict, run.path, "--data", "other", "--rows", "0:30", "--json")
    assert code == 0, err
    told = [list(one["probabilities"].values()) for one in json.loads(out)["pictures"]]
    images = DataSet(*pair_paths(faces, "other")).images
    for shape in ((30, 2304), (30, 48, 48)):
        answers = run.predict(np.reshape(images, shape))
        assert answers.dtype == np.float32
        assert answers.tolist() == told


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (np.zeros((3, 2304), np.float32), "The images are float32, expected uint8"),
        (np.zeros((48, 48), np.uint8), r"\(48, 48\), expected \(n, 48, 48\) or \(n, 2304\)"),
        (np.zeros((2, 48, 48, 1), np.uint8), r"\(2, 48, 48, 1\), expected"),
        (np.zeros((0, 2304), np.uint8), r"\(0, 2304\), expected"),
    ],
    ids=["numbers", "one", "a channel", "none"],
)
def test_images_of_another_kind_are_refused(images, told, run):
    with pytest.raises(InputError, match=told):
        run.predict(images)


def test_the_figure_shows_the_curves_and_a_notebook_shows_the_figure(run):
    figure = run.plot()
    accuracies, losses = figure.axes
    for line, use in zip(accuracies.lines, ("test", "train"), strict=True):
        steps, values = run.curve(f"{use}/accuracy")
        assert line.get_xydata().tolist() == np.transpose([steps, values]).tolist()
    assert losses.lines[0].get_ydata().tolist() == run.curve("train/batch/loss").values.tolist()
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_run_is_said_by_its_folder(run):
    assert repr(run) == f"<run {run.path} of nn4>"
