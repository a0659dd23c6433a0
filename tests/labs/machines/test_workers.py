"""What workers tell one another, each a process of its own."""

import os
import signal
import socket
import time

import pytest
from worker_processes import Forked, free_addresses


@pytest.fixture
def forked(tmp_path):
    forked = Forked(tmp_path)
    yield forked
    forked.clear()


@pytest.fixture
def all_run(forked):
    """Starts so many workers with one body; returns what `Forked.ended` says of each."""

    def run(count, body):
        addresses = free_addresses(count)
        for index in range(count):
            forked.start(addresses, index, body)
        return forked.all_ended(), addresses

    return run


def test_all_hear_every_worker_s_value_in_the_workers_order(all_run):
    body = "for k in range(3): print(we.gather([k, we.index * 10]), file=screen)"
    ended, _ = all_run(3, body)
    expected = [str([[k, 0], [k, 10], [k, 20]]) for k in range(3)]
    for code, out, err in ended:
        assert (code, err) == (0, "")
        assert out.splitlines()[-3:] == expected


def test_values_of_any_length_arrive_whole(all_run):
    body = """
for n in range(10):
    assert we.gather("x" * (n if we.index else 1)) == ["x", "x" * n]
assert we.gather("\\xe9\\n" * we.index) == ["", "\\xe9\\n"]
"""
    assert [(code, err) for code, _, err in all_run(2, body)[0]] == [(0, ""), (0, "")]


def test_much_may_be_said_at_once(all_run):
    ended, _ = all_run(2, "print(len(we.gather('x' * 20_000_000)[1 - we.index]), file=screen)")
    assert [(code, out.split()[-1], err) for code, out, err in ended] == [(0, "20000000", "")] * 2


def test_only_the_chief_prints_and_another_says_so_in_its_one_line(all_run):
    ended, (chief, other) = all_run(2, "print('hello')")
    assert [out for _, out, _ in ended] == [
        "hello\n",
        f"worker 1 ({other}) of 2: worker 0 ({chief}) prints\n",
    ]


def test_the_chief_works_before_another_of_its_machine(all_run, tmp_path):
    body = f"""
import time
def work():
    time.sleep(0 if we.index else 1)  # in which another would come before
    open({str(tmp_path / "log")!r}, "a").write(str(we.index))
we.in_turn(work)
"""
    all_run(2, body)
    assert (tmp_path / "log").read_text() == "01"


def test_the_chief_leaves_last(forked, tmp_path):
    before = f"""
import time
part, log = coordination.part, open({str(tmp_path / "log")!r}, "a", buffering=1)
def late(cluster):
    if index:
        time.sleep(1)
        log.write("1\\n")
    part(cluster)
    if not index:
        log.write("0\\n")
coordination.part = late
"""
    addresses = free_addresses(2)
    for index in range(2):
        forked.start(addresses, index, "", before=before)
    assert [(code, err) for code, _, err in forked.all_ended()] == [(0, ""), (0, "")]
    assert (tmp_path / "log").read_text() == "1\n0\n"


def test_a_process_works_on_one_run_after_another(all_run):
    body = """
from labs.machines.workers import Workers
we.__exit__(None, None, None)
with Workers(we.cluster) as again:
    print(again.gather(again.index), file=screen)
we.__enter__()
"""
    ended, _ = all_run(2, body)
    for code, out, err in ended:
        assert (code, out.splitlines()[-1], err) == (0, "[0, 1]", "")


def test_workers_that_were_started_differently_all_say_who_and_how(all_run):
    body = "we.must_agree({'--seed': int(we.index == 1), 'lab': 'nn3'}); we.meet()"
    ended, (chief, other, _) = all_run(3, body)
    for code, _, err in ended:
        assert code == 2
        assert err == (
            f"error: worker 1 ({other}) has --seed 1, worker 0 ({chief}) has 0: start all workers "
            "with the same options, data and versions.\n"
        )


def wait_for_one(forked, waits_for, silence):
    """Starts three workers, two of which wait for the third; returns their addresses."""
    addresses = free_addresses(3)
    body = f"""
import time
we.meet()
print("ready", file=screen, flush=True)
time.sleep(90 if we.index == {waits_for} else 0)
we.gather(1)
"""
    for index in range(3):
        forked.start(addresses, index, body, silence=silence)
    for index in range(3):
        forked.wait_for(index, "ready")
    time.sleep(0.5)  # so that the collective has begun
    return addresses


@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize(
    ("blow", "silence"),
    [
        (signal.SIGKILL, 60),  # the system closes its connections
        (signal.SIGSTOP, 5),  # it keeps them, and only heartbeats tell
    ],
)
def test_a_worker_that_dies_or_hangs_ends_the_others_with_a_sentence_that_names_it(
    blow, silence, victim, forked
):
    addresses = wait_for_one(forked, victim, silence)
    began = time.monotonic()
    forked.signal(victim, blow)
    for index in {0, 1, 2} - {victim}:
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == (
            f"error: worker {victim} ({addresses[victim]}) is gone. "
            "Start all workers again, with --restore.\n"
        )
    assert time.monotonic() - began < 30


def test_several_that_hang_are_named_in_their_order(forked):
    addresses = free_addresses(4)
    body = """
import time
we.meet()
print("ready", file=screen, flush=True)
time.sleep(0 if index < 2 else 90)
we.gather(1)
"""
    for index in range(4):
        forked.start(addresses, index, body, silence=6)
    for index in range(4):
        forked.wait_for(index, "ready")
    for index in (3, 2):
        forked.signal(index, signal.SIGSTOP)
    for index in (0, 1):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == (
            f"error: worker 2 ({addresses[2]}) and worker 3 ({addresses[3]}) are gone. "
            "Start all workers again, with --restore.\n"
        )


@pytest.mark.slow
def test_a_worker_that_is_killed_and_started_again_alone_ends_all(forked, tmp_path):
    addresses = free_addresses(3)
    refused = tmp_path / "refused"
    body = f"""
import os, time
we.meet()
print("ready", file=screen, flush=True)
while not os.path.exists({str(refused)!r}):
    time.sleep(0.1)
we.meet()
"""
    for index in range(3):
        forked.start(addresses, index, body)
    for index in range(3):
        forked.wait_for(index, "ready")
    forked.signal(1, signal.SIGKILL)
    forked.ended(1)
    forked.start(addresses, 1, body, patience=5)
    code, _, err = forked.ended(1)
    assert code == 2
    assert err == refusal(addresses, 1)
    refused.touch()
    for index in (0, 2):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == (
            f"error: worker 1 ({addresses[1]}) is gone. Start all workers again, with --restore.\n"
        )


def refusal(addresses, index):
    """What a worker says that the chief does not take."""
    return (
        f"error: worker 0 ({addresses[0]}) refuses worker {index} ({addresses[index]}): it was "
        "told of another cluster, or an earlier run has not ended. End all workers and start them "
        "again, told of the same cluster.\n"
    )


def test_a_worker_that_works_long_without_a_word_does_not_count_as_one_that_hangs(forked):
    addresses = free_addresses(2)
    body = """
import time
end = time.monotonic() + 8 * index
while time.monotonic() < end:
    sum(range(10_000_000))  # in which no other thread of Python runs
we.gather(1)
"""
    for index in range(2):
        forked.start(addresses, index, body, silence=6)
    assert [(code, err) for code, _, err in forked.all_ended()] == [(0, ""), (0, "")]


def stop_all_and_continue(forked, seconds, silence):
    addresses = free_addresses(2)
    body = """
import time
print("ready", file=screen, flush=True)
for _ in range(100):
    we.gather(1)
    time.sleep(0.1)
"""
    for index in range(2):
        forked.start(addresses, index, body, silence=silence)
    for index in range(2):
        forked.wait_for(index, "ready")
    for blow, pause in ((signal.SIGSTOP, seconds), (signal.SIGCONT, 0)):
        for index in range(2):
            forked.signal(index, blow)
        time.sleep(pause)
    return forked.all_ended()


@pytest.mark.slow
def test_workers_that_are_all_stopped_for_a_while_go_on_when_they_are_continued(forked):
    ended = stop_all_and_continue(forked, 2, silence=10)
    assert [(code, err) for code, _, err in ended] == [(0, ""), (0, "")]


@pytest.mark.slow
def test_workers_that_are_all_stopped_for_longer_than_silence_may_last_end_with_a_sentence(forked):
    for code, _, err in stop_all_and_continue(forked, 9, silence=6):
        assert code == 2
        assert err.endswith("Start all workers again, with --restore.\n")
        assert len(err.splitlines()) == 1


def test_a_worker_whose_terminal_is_gone_ends_with_the_others(forked):
    addresses = free_addresses(2)
    body = """
import os
read, write = os.pipe()
os.dup2(write, 2 if index else write)
os.close(read)
we.meet()
print("ready", file=screen, flush=True)
os.kill(os.getpid(), 9) if index == 0 else we.meet()
"""
    for index in range(2):
        forked.start(addresses, index, body, silence=5)
    assert forked.ended(1)[0] == 2


@pytest.mark.parametrize("meanwhile", ["we.meet()", "pass"])
def test_what_ends_one_worker_is_told_by_all(meanwhile, forked):
    addresses = free_addresses(3)
    body = f"""
if index == 1:
    from dsutil import InputError
    raise InputError("the disk is full")
{meanwhile}
"""
    for index in range(3):
        forked.start(addresses, index, body)
    for index in range(3):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == f"error: worker 1 ({addresses[1]}) stopped: the disk is full\n"


@pytest.mark.parametrize("told", [0, 1])
def test_ctrl_c_ends_a_worker_that_waits_for_another_at_once_and_the_other_says_so(
    told, forked, tmp_path
):
    addresses = free_addresses(2)
    ended = tmp_path / "ended"
    body = f"""
import os, time
print("ready", file=screen, flush=True)
while index != {told} and not os.path.exists({str(ended)!r}):
    time.sleep(0.1)
we.meet()
"""
    for index in range(2):
        forked.start(addresses, index, body)
    forked.wait_for(told, "ready")
    time.sleep(0.5)  # so that the collective has begun
    forked.signal(told, signal.SIGINT)
    assert forked.ended(told)[::2] == (130, "interrupted\n")
    ended.touch()
    code, _, err = forked.ended(1 - told)
    assert (code, err) == (2, f"error: worker {told} ({addresses[told]}) was interrupted\n")


@pytest.mark.parametrize("index", [0, 1])
def test_ctrl_c_ends_a_worker_whose_others_have_not_come(index, forked):
    forked.start(free_addresses(2), index, "pass")
    time.sleep(3)
    forked.signal(index, signal.SIGINT)
    assert forked.ended(index)[0] in (-signal.SIGINT, 130)


def test_workers_leave_together_and_leave_nothing(all_run):
    ended, _ = all_run(2, "import time; time.sleep(we.index); print(we.scratch, file=screen)")
    assert [(code, err) for code, _, err in ended] == [(0, ""), (0, "")]
    scratch = ended[1][1].splitlines()[-1]
    assert "labs-worker-" in scratch
    assert not os.path.exists(scratch)


def test_a_chief_that_does_not_answer(forked):
    addresses = free_addresses(2)
    forked.start(addresses, 1, "pass", patience=2)
    code, _, err = forked.ended(1)
    assert code == 2
    assert err.startswith(f"error: worker 0 ({addresses[0]}) did not come within 2 s: start all")


def test_a_chief_whose_host_nobody_knows(forked):
    forked.start(["no-such-host.invalid:12345", *free_addresses(1)], 1, "pass", patience=2)
    code, _, err = forked.ended(1)
    assert code == 2
    assert "worker 0 (no-such-host.invalid:12345) did not come within 2 s" in err


@pytest.mark.slow
def test_a_worker_that_does_not_come_is_named_by_all_who_came(forked):
    addresses = free_addresses(3)
    forked.start(addresses, 0, "pass", patience=15)
    forked.start(addresses, 1, "pass", patience=15)
    for index in (0, 1):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err.startswith(f"error: worker 2 ({addresses[2]}) did not come within 15 s: start")
        assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_a_worker_that_dies_while_others_have_not_come_is_named(forked):
    addresses = free_addresses(3)
    for index in (0, 1):
        forked.start(addresses, index, "pass", silence=6)
    time.sleep(5)  # in which it comes
    forked.signal(1, signal.SIGKILL)
    forked.start(addresses, 2, "pass", silence=6)
    for index in (0, 2):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == f"error: worker 1 ({addresses[1]}) is gone. Start all workers again.\n"


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize("blow", ["SIGKILL", "SIGSTOP"])
def test_a_worker_that_dies_or_hangs_just_when_all_have_come_is_named(blow, victim, forked):
    addresses = free_addresses(3)
    before = f"""
if index == {victim}:
    import os, signal
    join = coordination.join
    def join_and_die(cluster):
        join(cluster)
        os.kill(os.getpid(), signal.{blow})
    coordination.join = join_and_die
"""
    for index in range(3):
        forked.start(addresses, index, "we.meet()", silence=6, before=before)
    for index in {0, 1, 2} - {victim}:
        code, _, err = forked.ended(index)
        assert code == 2
        name = f"worker {victim} ({addresses[victim]})"
        assert err.startswith(f"error: {name} is gone. Start all workers again")
        assert len(err.splitlines()) == 1


def test_a_worker_that_the_chief_was_not_told_of_is_refused(forked, tmp_path):
    addresses = free_addresses(3)
    refused = tmp_path / "refused"
    body = f"""
import os, time
while not os.path.exists({str(refused)!r}):
    time.sleep(0.1)
"""
    for index in (0, 1):
        forked.start(addresses[:2], index, body)
    forked.start(addresses, 2, body)
    code, _, err = forked.ended(2)
    assert code == 2
    assert err == refusal(addresses, 2)
    refused.touch()
    assert [forked.ended(index)[::2] for index in (0, 1)] == [(0, ""), (0, "")]


def test_what_ends_a_worker_as_it_begins_is_told_by_all(forked):
    addresses = free_addresses(2)
    before = """
if index == 1:
    import tempfile
    def no_room(**_):
        raise OSError(28, "No space left on device", "/tmp/x")
    tempfile.mkdtemp = no_room
"""
    for index in (0, 1):
        forked.start(addresses, index, "we.meet()", before=before)
    for index in (0, 1):
        code, _, err = forked.ended(index)
        assert code == 2
        assert err == (
            f"error: worker 1 ({addresses[1]}) stopped: /tmp/x: No space left on device\n"
        )


@pytest.mark.parametrize("more", [0, 1])
def test_workers_that_were_told_of_different_clusters(more, forked):
    addresses = free_addresses(2)
    forked.start(addresses, 0, "pass")
    forked.start([addresses[0], *free_addresses(1 + more)], 1, "pass")
    for index in (0, 1):
        code, _, err = forked.ended(index)
        assert code == 2
        assert "were told of different clusters" in err


def test_a_stranger_who_calls_the_chief_is_passed_over(forked):
    addresses = free_addresses(2)
    forked.start(addresses, 0, "print(we.gather(1), file=screen)")
    port = int(addresses[0].rpartition(":")[2])
    for words in (b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b""):
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port)) as stranger:
                    stranger.sendall(words)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
    forked.start(addresses, 1, "we.gather(2)")
    assert forked.ended(0) == (0, "[1, 2]\n", "")
    assert forked.ended(1)[0] == 0


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_that_is_taken(shared, forked):
    addresses = free_addresses(2)
    port = int(addresses[0].rpartition(":")[2])
    with socket.create_server(("", port), reuse_port=shared):
        forked.start(addresses, 0, "pass")
        code, _, err = forked.ended(0)
    assert code == 2
    name = f"worker 0 ({addresses[0]})"
    assert err == f"error: The port of {name} cannot be opened: another program has it.\n"
