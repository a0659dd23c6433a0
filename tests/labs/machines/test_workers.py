"""What workers tell one another: without TensorFlow, each a process of its own."""

import json
import os
import re
import signal
import socket
import time

import pytest
from worker_processes import free_addresses

# What a worker does is the body of the `with`; PATIENCE and SILENCE are short enough to wait for.
SCRIPT = """
import json, os, sys, time
from dsutil.errors import InputError, exit_with_sentence
from labs.machines import connection, workers as module
from labs.machines.cluster import Cluster
addresses, index, patience, silence, body = sys.argv[1:]
module.PATIENCE, connection.SILENCE = float(patience), float(silence)
screen = sys.stdout
with exit_with_sentence(), module.Workers(Cluster(tuple(json.loads(addresses)), int(index))) as we:
    exec(body)
"""


@pytest.fixture
def start(started):
    """Starts a worker that has `body` to do; `started` has its process."""

    def start(addresses, index, body, patience=60, silence=60):
        words = "-c", SCRIPT, json.dumps(addresses), index, patience, silence, body
        started.start(index, words)

    return start


@pytest.fixture
def all_run(start, started):
    """Starts so many workers with one body; returns what `Started.ended` says of each."""

    def run(count, body):
        addresses = free_addresses(count)
        for index in range(count):
            start(addresses, index, body)
        return started.all_ended(), addresses

    return run


def test_all_hear_every_worker_s_value_in_the_workers_order(all_run):
    body = "for k in range(3): print(we.gather([k, we.index * 10]), file=screen)"
    ended, _ = all_run(3, body)
    expected = [str([[k, 0], [k, 10], [k, 20]]) for k in range(3)]
    for code, out, err in ended:
        assert (code, err) == (0, "")
        assert out.splitlines()[-3:] == expected


def test_only_the_chief_prints_and_another_says_so_in_its_one_line(all_run):
    ended, (chief, other) = all_run(2, "print('hello')")
    assert [out for _, out, _ in ended] == [
        "hello\n",
        f"worker 1 ({other}) of 2: worker 0 ({chief}) prints\n",
    ]


def test_the_chief_works_before_another_of_its_machine(all_run, tmp_path):
    body = f"""
def work():
    open({str(tmp_path / "log")!r}, "a").write(str(we.index))
we.in_turn(work)
"""
    all_run(2, body)
    assert (tmp_path / "log").read_text() == "01"


def test_workers_that_were_started_differently_all_say_who_and_how(all_run):
    ended, (chief, other) = all_run(2, "we.must_agree({'--seed': we.index, 'lab': 'nn3'})")
    for code, _, err in ended:
        assert code == 2
        assert f"worker 1 ({other}) has --seed 1, worker 0 ({chief}) has 0" in err
        assert len(err.splitlines()) == 1


# In a library's code no Python runs, and a collective that waits for a dead worker never returns.
WAIT = "print('ready', file=screen, flush=True); time.sleep(60)"


@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize(
    ("blow", "what"),
    [
        (signal.SIGKILL, "is gone"),
        (signal.SIGSTOP, "has said nothing for 5.0 s"),  # the system keeps its connections
    ],
)
def test_a_worker_that_dies_or_hangs_ends_the_others_with_a_sentence_that_names_it(
    blow, what, victim, start, started
):
    addresses = free_addresses(3)
    for index in range(3):
        start(addresses, index, WAIT, silence=5)
    for process in started.processes.values():
        assert any(line == "ready\n" for line in process.stdout)
    began = time.monotonic()
    started.processes[victim].send_signal(blow)
    for index in {0, 1, 2} - {victim}:
        code, _, err = started.ended(index)
        assert code == 2
        assert err == (
            f"error: worker {victim} ({addresses[victim]}) {what}. "
            "Start all workers again, with --restore.\n"
        )
    assert time.monotonic() - began < 20


def test_a_worker_that_works_long_without_a_word_does_not_count_as_one_that_hangs(start, started):
    addresses = free_addresses(2)
    for index in range(2):
        start(addresses, index, "time.sleep(8); we.gather(1)", silence=4)
    assert [(code, err) for code, _, err in started.all_ended()] == [(0, ""), (0, "")]


def test_workers_that_are_all_stopped_go_on_when_they_are_continued(start, started):
    addresses = free_addresses(2)
    for index in range(2):
        start(addresses, index, WAIT.replace("60", "8") + "; we.gather(1)", silence=4)
    for process in started.processes.values():
        assert any(line == "ready\n" for line in process.stdout)
    for blow in (signal.SIGSTOP, signal.SIGCONT):
        for process in started.processes.values():
            process.send_signal(blow)
        time.sleep(6)
    assert [(code, err) for code, _, err in started.all_ended()] == [(0, ""), (0, "")]


def test_much_may_be_said_at_once(all_run):
    ended, _ = all_run(2, "print(len(we.gather('x' * 20_000_000)[1 - we.index]), file=screen)")
    assert [(code, out.split()[-1]) for code, out, _ in ended] == [(0, "20000000")] * 2


def test_a_worker_whose_terminal_is_gone_ends_with_the_others(start, started):
    addresses = free_addresses(2)
    for index in range(2):
        start(addresses, index, WAIT)
    for process in started.processes.values():
        assert any(line == "ready\n" for line in process.stdout)
    started.processes[1].stderr.close()
    started.processes[0].kill()
    assert started.processes[1].wait(timeout=60) == 2


def test_what_ends_one_worker_is_told_by_all(start, started):
    addresses = free_addresses(3)
    for index in range(3):
        start(addresses, index, WAIT if index != 1 else "raise InputError('the disk is full')")
    for index in range(3):
        code, _, err = started.ended(index)
        assert code == 2
        assert err == f"error: worker 1 ({addresses[1]}) stopped: the disk is full\n"


def test_workers_leave_together_and_leave_nothing(all_run):
    ended, _ = all_run(2, "time.sleep(we.index); print(we.scratch, file=screen)")
    assert [(code, err) for code, _, err in ended] == [(0, ""), (0, "")]
    scratch = ended[1][1].splitlines()[-1]
    assert "labs-worker-" in scratch
    assert not os.path.exists(scratch)


def test_a_chief_that_does_not_answer(start, started):
    chief, other = addresses = free_addresses(2)
    start(addresses, 1, "pass", patience=0.5)
    code, _, err = started.ended(1)
    assert code == 2
    port = int(chief.rpartition(":")[2]) - 1
    assert f"worker 1 ({other}) cannot reach worker 0 ({chief}) on port {port}" in err


def test_a_chief_whose_host_nobody_knows(start, started):
    addresses = ["no-such-host.invalid:12345", *free_addresses(1)]
    start(addresses, 1, "pass")
    code, _, err = started.ended(1)
    assert code == 2
    assert "cannot reach worker 0 (no-such-host.invalid:12345)" in err


def test_a_worker_that_does_not_come_is_named_by_all_who_came(start, started):
    addresses = free_addresses(3)
    start(addresses, 0, "pass", patience=2)
    start(addresses, 1, "pass")
    for index in (0, 1):
        code, _, err = started.ended(index)
        assert code == 2
        assert re.match(rf"error: worker 2 \({addresses[2]}\) did not call .* within 2.0 s", err)


def test_workers_that_were_told_of_different_clusters(start, started):
    addresses = free_addresses(2)
    start(addresses, 0, "pass")
    start([addresses[0], free_addresses(1)[0]], 1, "pass")
    for index in (0, 1):
        code, _, err = started.ended(index)
        assert code == 2
        assert "were told of different clusters" in err


def test_a_stranger_who_calls_the_chief_is_passed_over(start, started):
    addresses = free_addresses(2)
    start(addresses, 0, "print(we.gather(1), file=screen)")
    port = int(addresses[0].rpartition(":")[2]) - 1
    for words in (b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b""):
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port)) as stranger:
                    stranger.sendall(words)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
    start(addresses, 1, "we.gather(2)")
    assert started.ended(0) == (0, "[1, 2]\n", "")
    assert started.ended(1)[0] == 0


def test_a_port_that_is_taken(start, started):
    addresses = free_addresses(2)
    port = int(addresses[0].rpartition(":")[2])
    with socket.create_server(("", port)):
        start(addresses, 0, "pass")
        code, _, err = started.ended(0)
    assert code == 2
    sentence = f"Port {port} of {addresses[0]} cannot be opened: Address already in use."
    assert err == f"error: {sentence}\n"
