"""Runs of a study: made in one process, one after another, and as good as made alone."""

import dataclasses
import json
import re
import shlex
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_study import small, study, wide

from labs.analysis import measures
from labs.analysis.planned import DIVERGED, SAID, Planned
from labs.optimization import losses
from labs.training.kept import Kept

SCRIPT = "analysis/small_study.py"


@pytest.fixture
def words(faces, tmp_path):
    return ["--databases", str(faces), "--logs", str(tmp_path)]


@pytest.fixture
def trained(monkeypatch):
    """The names of the runs that are trained, in their order."""
    trained = []
    real = Planned.train

    def train(planned, kept):
        trained.append(planned.name)
        return real(planned, kept)

    monkeypatch.setattr(Planned, "train", train)
    return trained


def run(study, *words):
    """The exit code of a study's command."""
    with pytest.raises(SystemExit) as exit_:
        study.main(list(words))
    return exit_.value.code


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights/")]
    assert names
    return {name: reader.get_tensor(name) for name in names}


def assert_same_weights(one, other):
    one, other = weights(one), weights(other)
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def without_seconds(markdown):
    """The lines of a table, without its last column."""
    return [re.sub(r"[^|]*\|$", "", line) for line in markdown.splitlines()]


def table(folder, name="small_study"):
    return without_seconds((folder / name / f"{name}.md").read_text())


@pytest.fixture(scope="module")
def done(faces, tmp_path_factory):
    """The folder of the small study's runs: two variants with two seeds, made in this process."""
    logs = tmp_path_factory.mktemp("done")
    assert run(study, "--databases", str(faces), "--logs", str(logs)) == 0
    return logs


# ------------------------------------------------------------------------ as if each was made alone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "name", "seed"), [("narrow", "narrow-seed0", 0), ("wide one", "wide_one-seed1", 1)]
)
def test_a_run_equals_to_the_bit_the_same_run_alone_in_a_process(
    variant, name, seed, done, preloaded, words, tmp_path
):
    code, said = preloaded(SCRIPT, "run", variant, *words, "--seed", seed, "--run", "alone")
    assert code == 0, said
    assert_same_weights(done / "small_study" / name, tmp_path / "small_study/alone")


def test_the_order_of_the_runs_does_not_matter(done, words, tmp_path):
    first_here = [*words, "--only", "wide one", "--seeds", "1"]
    assert run(study, *first_here) == 0
    assert_same_weights(
        done / "small_study/wide_one-seed0", tmp_path / "small_study/wide_one-seed0"
    )


def test_the_runs_of_a_variant_share_a_graph(words, monkeypatch):
    used = []
    real = Kept.network_and_steps

    def network_and_steps(*arguments):
        used.append(real(*arguments))
        return used[-1]

    monkeypatch.setattr(Kept, "network_and_steps", network_and_steps)
    assert run(study, *words) == 0
    assert len(used) == 4
    assert used[0] == used[1] != used[2] == used[3]


def test_what_a_lab_said_lies_in_its_run_s_folder(done):
    said = (done / "small_study/narrow-seed0" / SAID).read_text()
    assert "it=      4" in said
    assert "result.json: written" in said


# -------------------------------------------------------------------------------- stops and goes on


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("check_at_the_start", 1),  # there is a config.json, and no checkpoint yet
        ("train_on", 5),  # in the middle of the first run
        ("finish", 2),  # at the very end of the second
    ],
)
def test_a_killed_study_goes_on_to_the_table_of_one_that_was_not(
    call, number, done, preloaded, words, tmp_path, trained, capsys
):
    code, said = preloaded(SCRIPT, "kill", call, number, "study", *words)
    assert code == -signal.SIGKILL, said
    assert run(study, *words) == 0
    assert table(tmp_path) == table(done)
    for name in ("narrow-seed0", "narrow-seed1", "wide_one-seed0", "wide_one-seed1"):
        assert_same_weights(done / "small_study" / name, tmp_path / "small_study" / name)
    trained.clear()
    assert run(study, *words) == 0  # also where a run was restored
    assert trained == []


def test_a_part_of_the_first_checkpoint_is_none_to_go_on_from(words, tmp_path):
    only = [*words, "--only", "narrow", "--seeds", "1"]
    checkpoints = tmp_path / "small_study/narrow-seed0/checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / "ckpt-0.data-00000-of-00001").write_bytes(b"half")
    assert run(study, *only) == 0


def test_more_iterations_go_on_to_what_as_many_at_once_reach(done, words, tmp_path, trained):
    only = [*words, "--only", "narrow", "--seeds", "1"]
    assert run(study, *only, "--iterations", "3") == 0
    for _ in range(2):
        assert run(study, *only, "--iterations", "6") == 0
    assert trained == ["narrow-seed0"] * 2
    assert_same_weights(done / "small_study/narrow-seed0", tmp_path / "small_study/narrow-seed0")


@pytest.fixture
def started(faces, tmp_path):
    """Starts a study of long runs in a process of its own; ends it at the end."""
    command = [sys.executable, "-u", "-m", "labs.optimization.learning_rates"]
    command += ["--only", "rate 0.01", "rate 0.1", "--seeds", "1"]
    command += ["--train", "tiny", "--test", "other"]
    command += ["--databases", str(faces), "--logs", str(tmp_path)]
    processes = []

    def start(iterations):
        process = subprocess.Popen(
            [*command, "--iterations", str(iterations)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(path, text, process):
    """Waits until a file has the text, as long as the process lives."""
    while process.poll() is None and not (path.exists() and text in path.read_text()):
        time.sleep(0.02)


@pytest.mark.slow
def test_ctrl_c_stops_and_the_command_that_it_says_goes_on_to_the_end(started, tmp_path):
    process = started(200)
    run_ = tmp_path / "learning_rates/rate_0.01-seed0"
    wait_for(run_ / SAID, "it=      0", process)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate()
    assert (process.returncode, errors) == (128 + signal.SIGINT, "")
    last = said.splitlines()[-1]
    assert "The study stopped; the same command goes on: " in last
    (stopped,) = re.findall(r"Stopped at iteration (\d+) and saved", (run_ / SAID).read_text())
    command = shlex.split(last.partition(" on: ")[2])
    assert command[:3] == ["python", "-m", "labs.optimization.learning_rates"]
    done = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"restored, {stopped} iterations done" in (run_ / SAID).read_text()
    assert (tmp_path / "learning_rates/learning_rates_only.png").exists()


def test_ctrl_c_while_a_network_is_built_does_not_wait_for_the_end_of_the_run(started):
    process = started(100_000_000)
    for line in process.stdout:
        if line.startswith("Run 1 of 2"):
            process.send_signal(signal.SIGINT)
            break
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert "the same command goes on: python -m labs.optimization.learning_rates" in said


# ----------------------------------------------------------------------------------------- outcomes


def test_a_variant_that_diverges_is_a_row_and_is_not_trained_again(
    words, tmp_path, trained, capsys
):
    only = [*words, "--only", "wild", "narrow", "--seeds", "1"]
    for expected in (["wild-seed0", "narrow-seed0"], []):
        trained.clear()
        assert run(study, *only) == 0
        assert trained == expected
        markdown = (tmp_path / "small_study/small_study_only.md").read_text()
        at = json.loads((tmp_path / "small_study/wild-seed0" / DIVERGED).read_text())["iteration"]
        assert f"| wild | 1 | diverged at {at} | diverged at {at} | - | - |" in markdown
        assert re.search(r"^\| narrow \| 1 \| 0\.\d{4} \| 0\.\d{4} \|", markdown, re.M)
        assert "The slide ranks narrow above wild: not decided" in markdown  # with one seed
        assert "narrow leads: " in markdown
    assert 0 < at < 6


def test_outputs_that_are_no_numbers_are_a_row_too_where_the_weights_are_numbers(words, tmp_path):
    def network(x):
        t = small.network(x)
        return t + 0 * keras.ops.log(
            keras.ops.mean(t) - keras.ops.mean(t)
        )  # 0 times minus infinity

    def loss(y, y_desired):
        return small.loss(tf.where(tf.math.is_nan(y), 0.0, y), y_desired)

    lost = dataclasses.replace(small, network=network, loss=loss)
    lost = dataclasses.replace(
        study, variants={"narrow": small, "lost": lost}, claims=(), slow=(), seeds=1
    )
    assert run(lost, *words) == 0
    markdown = (tmp_path / "small_study/small_study.md").read_text()
    assert "| lost | 1 | diverged at " in markdown
    assert "| narrow | 1 | 0." in markdown


def test_a_study_of_which_every_run_diverges_ends_as_well(words, tmp_path):
    assert run(study, *words, "--only", "wild") == 0
    markdown = (tmp_path / "small_study/small_study_only.md").read_text()
    assert "| wild | 2 | diverged at " in markdown
    assert "No variant came to a number." in markdown
    assert (tmp_path / "small_study/small_study_only.png").exists()


def test_the_best_learning_rate_of_the_first_seed_is_taken_and_named(words, tmp_path, trained):
    rates = (1e30, 1e-9, 0.02)  # by the test set the last two differ
    graded = dataclasses.replace(
        study, variants={"narrow": small}, claims=(), slow=(), rates=rates, seeds=2
    )
    assert run(graded, *words) == 0
    assert trained[:3] == [
        "narrow-rate1e_30-seed0",
        "narrow-rate1e-09-seed0",
        "narrow-rate0.02-seed0",
    ]
    reached = {
        rate: json.loads(
            (tmp_path / f"small_study/narrow-rate{rate:g}-seed0/result.json").read_text()
        )
        for rate in rates[1:]
    }
    best = max(reached, key=lambda rate: reached[rate]["test_accuracy"])
    assert trained[3:] == [f"narrow-rate{best:g}-seed1"]
    assert f"| narrow | {best:g} | 2 |" in (tmp_path / "small_study/small_study.md").read_text()


def test_the_options_of_a_variant_are_those_of_its_runs(words, tmp_path):
    held_out = dataclasses.replace(
        study,
        variants={"all": small, "early": dataclasses.replace(small, evaluate_every=1)},
        claims=(),
        slow=(),
        options={"early": {"validation_share": 0.2, "patience": 1}},
        seeds=1,
        extra=(measures.Measure("made", lambda outcome: outcome.iterations, form=".0f"),),
    )
    assert run(held_out, *words, "--iterations", "40") == 0
    options = {
        name: json.loads((tmp_path / f"small_study/{name}-seed0/config.json").read_text())
        for name in ("all", "early")
    }
    asked = [
        (config["options"]["validation_share"], config["options"]["patience"])
        for config in options.values()
    ]
    assert asked == [(0.0, 0), (0.2, 1)]
    assert options["early"]["data"]["validation"]["count"] == 10  # of 50
    result = json.loads((tmp_path / "small_study/early-seed0/result.json").read_text())
    assert result["stopped_early"]
    markdown = (tmp_path / "small_study/small_study.md").read_text()
    made = dict(re.findall(r"^\| (\w+) \| 1 \|.* (\d+) \| - \|", markdown, re.M))
    assert made == {"all": "40", "early": str(result["iterations"])}
    assert run(held_out, *words, "--iterations", "40") == 0  # one that stopped early is finished


# ---------------------------------------------------------------------------- a script that changed


def test_a_variant_that_was_changed_since_it_was_trained_is_refused(words, tmp_path, capsys):
    only = [*words, "--only", "narrow", "--seeds", "1"]
    assert run(study, *only) == 0
    before = (tmp_path / "small_study/small_study_only.md").read_text()
    wider = dataclasses.replace(study, variants=study.variants | {"narrow": wide})
    assert run(wider, *only) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "narrow-seed0 began with" in line
    assert "move the runs of that variant away" in line
    assert (tmp_path / "small_study/small_study_only.md").read_text() == before
    assert run(study, *only) == 0  # the script is brought back


def test_an_option_that_makes_variants_alike_is_warned_of(words, capsys):
    apart = study.variants | {"wide one": dataclasses.replace(wide, iterations=4)}
    differing = dataclasses.replace(study, variants=apart)
    two = [*words, "--only", "narrow", "wide one", "--seeds", "1"]
    assert run(differing, *two, "--iterations", "2") == 0
    assert "warning: the variants differ in iterations, and --iterations" in capsys.readouterr().err
    alike = [*words[:3], f"{words[3]}/alike", *two[4:]]
    assert run(study, *alike, "--iterations", "2") == 0
    assert capsys.readouterr().err == ""


def test_a_study_that_is_not_called_as_its_file_is_refused(monkeypatch, capsys):
    misnamed = dataclasses.replace(losses.study, name="los")
    monkeypatch.setattr(losses, "study", misnamed)
    assert run(misnamed, "--list") == 2
    assert "calls its study 'los': expected 'losses'" in capsys.readouterr().err
