"""Runs of a study side by side, each in one of several processes."""

import dataclasses
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from dsutil.errors import InputError
from labs.analysis import side_by_side
from labs.analysis.planned import SAID
from labs.machines import devices

ANSWERS = """
import json, os, sys
for name in map(str.strip, sys.stdin):
    {}
    print(json.dumps({{"stopped": None}}), flush=True)
"""
LISTED = "open(sys.argv[1], 'a').write(f'{os.getpid()} {name}\\n')"


@dataclasses.dataclass
class Run:
    """What is asked of a `Planned`."""

    name: str
    variant: str = "one"
    path: Path = Path("logs/some/run")
    drawn: bool = False
    outcome: object = None

    def draw(self):
        self.drawn = True

    def train(self, _):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclasses.dataclass
class Told:
    """An `Interruption` and a `Progress`."""

    number: int | None = None
    begun: list = dataclasses.field(default_factory=list)
    ended: int = 0

    def begin(self, run):
        self.begun.append(run.name)

    def end(self):
        self.ended += 1


def train(runs, does, *arguments, jobs=2, told=None):
    told = told or Told()
    command = [sys.executable, "-c", ANSWERS.format(does), *map(str, arguments)]
    return side_by_side.train(runs, command, jobs, told, told)


# ------------------------------------------------------------------------- who asks for the runs


def test_each_run_is_trained_once_and_their_data_are_drawn_before(tmp_path):
    runs, told, listed = [Run(f"run{i}") for i in range(7)], Told(), tmp_path / "listed.txt"
    does = f"""{LISTED}
    while len({{line.split()[0] for line in open(sys.argv[1])}}) < 3: pass  # all have begun
    """
    assert train(runs, does, listed, jobs=3, told=told) is None
    lines = [line.split() for line in listed.read_text().splitlines()]
    assert sorted(name for _, name in lines) == [run.name for run in runs]
    assert sorted(told.begun) == [run.name for run in runs]
    assert told.ended == 7
    assert len({process for process, _ in lines}) == 3
    assert all(run.drawn for run in runs)


def test_a_process_goes_on_with_its_variant_and_else_with_one_that_is_not_begun():
    runs = [Run(f"{variant}{seed}", variant) for variant in "abc" for seed in range(3)]
    waiting = side_by_side.Waiting(runs)
    one, other = waiting.next(), waiting.next()
    assert (one.name, other.name) == ("a0", "b0")
    assert [(one := waiting.next(one)).name for _ in range(4)] == ["a1", "a2", "c0", "c1"]
    assert [(other := waiting.next(other)).name for _ in range(3)] == ["b1", "b2", "c2"]
    assert waiting.next(one) is waiting.next(other) is None


def test_there_are_not_more_processes_than_runs(tmp_path):
    listed = tmp_path / "listed.txt"
    train([Run("one"), Run("two")], LISTED, listed, jobs=50)
    assert len({line.split()[0] for line in listed.read_text().splitlines()}) <= 2


def test_the_cores_are_shared_out(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: 8)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    found = tmp_path / "threads.txt"
    does = "open(sys.argv[1], 'a').write(os.environ['TF_NUM_INTRAOP_THREADS'])"
    train([Run("one"), Run("two"), Run("three")], does, found, jobs=3)
    assert found.read_text() == "222"


def test_a_user_s_own_number_of_threads_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "5")
    found = tmp_path / "threads.txt"
    train([Run("one")], "open(sys.argv[1], 'w').write(os.environ['TF_NUM_INTRAOP_THREADS'])", found)
    assert found.read_text() == "5"


def test_a_run_that_is_refused_ends_all_in_its_sentence(tmp_path):
    saved = tmp_path / "saved.txt"
    does = """
    if name == "bad":
        while not os.path.exists(sys.argv[1]): pass
        print(json.dumps({"refused": "there is no such data set"}), flush=True)
        continue
    import signal, time
    def save(*_):
        open(sys.argv[1], "a").write("saved")
        sys.exit(143)
    signal.signal(signal.SIGTERM, save)
    open(sys.argv[1], "w").write("begun ")
    time.sleep(60)
    """
    told = Told()
    with pytest.raises(InputError, match=r"^there is no such data set$"):
        train([Run("bad"), Run("good"), Run("later")], does, saved, told=told)
    assert saved.read_text() == "begun saved"
    assert "later" not in told.begun


def test_a_process_that_dies_is_told_with_what_it_said_last():
    does = "print('much', file=sys.stderr); print('no memory', file=sys.stderr); os._exit(9)"
    with pytest.raises(InputError) as error:
        train([Run("one")], does)
    assert "logs/some/run ended with the exit code 9, and said: no memory." in str(error.value)


def test_a_process_that_is_killed_without_a_word_is_told():
    with pytest.raises(InputError, match=r"ended with the exit code -9\. What is saved"):
        train([Run("one")], "os.kill(os.getpid(), 9)")


def test_a_signal_stops_all_and_the_rest_is_not_begun(tmp_path):
    told, begun = Told(), tmp_path / "begun"

    def begin(run):
        told.begun.append(run.name)
        told.number = signal.SIGINT

    told.begin = begin
    does = "open(sys.argv[1], 'a').write(name); import time; time.sleep(60)"
    assert train([Run("a"), Run("b"), Run("c")], does, begun, told=told) == signal.SIGINT
    assert "c" not in told.begun
    assert told.ended == 0


def test_one_of_several_workers_is_refused(monkeypatch):
    workers = {"worker": ["127.0.0.1:11111", "127.0.0.1:11112"]}
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": workers, "task": task}))
    told = Told()
    with pytest.raises(InputError, match="--jobs 2 where several workers"):
        train([Run("one"), Run("two")], "", told=told)
    assert told.begun == []


def test_no_process_is_left_over(tmp_path):
    listed = tmp_path / "listed.txt"
    train([Run("one"), Run("two")], LISTED, listed)
    for line in listed.read_text().splitlines():
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)


# ---------------------------------------------------------------------------- who is asked for them


@pytest.fixture
def served(monkeypatch):
    """What `serve` answers to the names of all runs, a line each, and what it returns."""

    def serve(runs, load=lambda: None):
        out = io.StringIO()

        def asked():
            for count, run in enumerate(runs, 1):
                yield f"{run.name}\n"
                while out.getvalue().count("\n") < count:
                    time.sleep(0.001)

        monkeypatch.setattr("sys.stdin", asked())
        monkeypatch.setattr("sys.stdout", out)
        code = side_by_side.serve({run.name: run for run in runs}, None, load)
        return out.getvalue().splitlines(), code

    return serve


def test_each_name_is_answered_by_how_its_run_ended(served):
    runs = [
        Run("good"),
        Run("bad", outcome=InputError("found this, expected that")),
        Run("gone", outcome=FileNotFoundError(2, "No such file", "x.bin")),
    ]
    loaded = []
    lines, code = served(runs, lambda: loaded.append(1))
    assert code == 0
    assert [json.loads(line) for line in lines] == [
        {"stopped": None},
        {"refused": "found this, expected that"},
        {"refused": "x.bin: No such file"},
    ]
    assert loaded == [1]


def test_what_a_run_prints_is_no_answer(served):
    run = Run("loud")
    run.train = lambda _: print("it= 0")
    assert served([run], lambda: print("loading")) == (['{"stopped": null}'], 0)


TRAINS_UNTIL_A_SIGNAL = """
import sys, time
from labs.analysis import side_by_side
from labs.training.interruption import Interruption

class Run:
    def train(self, _):
        with Interruption() as interruption, open(sys.argv[1], "a", buffering=1) as said:
            said.write("begun ")
            said.flush()
            while not interruption.number:
                time.sleep(0.01)
            said.write("saved")
            return interruption.number

sys.exit(side_by_side.serve({"one": Run()}, None, lambda: None))
"""


def test_a_run_is_saved_where_who_asked_for_it_is_gone(tmp_path):
    said = tmp_path / "said.txt"
    with subprocess.Popen(
        [sys.executable, "-c", TRAINS_UNTIL_A_SIGNAL, str(said)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        process.stdin.write("one\n")
        process.stdin.flush()
        while process.poll() is None and not (said.exists() and said.read_text()):
            time.sleep(0.01)
        process.stdin.close()
        process.stdout.close()  # nobody reads the answer
        try:
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    assert said.read_text() == "begun saved"


# ------------------------------------------------------------------------------------- a real study

STUDY = ["-m", "labs.optimization.learning_rates", "--only", "rate 0.01", "rate 0.1"]


@pytest.fixture
def command(faces, tmp_path):
    words = ["--train", "tiny", "--test", "other", "--databases", str(faces), "--seeds", "1"]
    return [sys.executable, "-u", *STUDY, *words, "--logs", str(tmp_path)]


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights/")]
    return {name: reader.get_tensor(name) for name in names}


@pytest.mark.slow
def test_a_run_beside_others_equals_to_the_bit_the_same_run_alone_on_as_many_cores(
    command, tmp_path
):
    few = [*command, "--iterations", "6"]
    done = subprocess.run([*few, "--jobs", "2"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "rate 0.01, seed 0" in done.stdout
    assert "rate 0.1, seed 0" in done.stdout
    assert "leads: " in done.stdout
    threads = str(max(1, devices.cores() // 2))
    shares = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), threads)
    alone = [*few[:-3], str(tmp_path / "alone"), *few[-2:]]
    subprocess.run(alone, check=True, capture_output=True, env=os.environ | shares)
    for name in ("rate_0.01-seed0", "rate_0.1-seed0"):
        beside = weights(tmp_path / "learning_rates" / name)
        other = weights(tmp_path / "alone/learning_rates" / name)
        assert beside.keys() == other.keys() != set()
        assert all(np.array_equal(beside[key], other[key]) for key in beside)


@pytest.fixture
def under_way(command, tmp_path):
    """A study of which both runs are training side by side, and what each of them says so far."""
    said = [
        tmp_path / "learning_rates" / name / SAID for name in ("rate_0.01-seed0", "rate_0.1-seed0")
    ]
    with subprocess.Popen(
        [*command, "--jobs", "2", "--iterations", "100000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        while process.poll() is None and not all(
            path.exists() and "it=      0" in path.read_text() for path in said
        ):
            time.sleep(0.05)
        yield process, said


def is_saved(path):
    return re.search(r"Stopped at iteration \d+ and saved", path.read_text())


@pytest.mark.slow
def test_ctrl_c_saves_all_runs_and_the_same_command_goes_on(under_way):
    process, said = under_way
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    assert (process.returncode, errors) == (130, "")
    assert "The study stopped; the same command goes on: python -m labs.optimization" in out
    assert all(map(is_saved, said))


@pytest.mark.slow
def test_a_study_that_is_killed_saves_its_runs(under_way):
    process, said = under_way
    process.kill()
    until = time.monotonic() + 60
    while time.monotonic() < until and not all(map(is_saved, said)):
        time.sleep(0.05)  # their processes have to hear of it
    assert all(map(is_saved, said))


@pytest.mark.slow
def test_data_that_are_not_there_end_the_study_in_a_sentence(command):
    words = [*command, "--jobs", "2", "--train", "nowhere"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "nowhere" in line
