"""Workers whose network is slow, loses packets or is cut: they go on, or end with a sentence."""

import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from link import Link

LABS = Path(__file__).with_name("worker_labs.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0 or not os.path.exists("/dev/net/tun") or not shutil.which("ip"),
        reason="only root makes network namespaces and TUN devices",
    ),
]


@pytest.fixture
def start(started, faces, tmp_path):
    """Starts a worker on each host of a link, without an end; returns their addresses."""

    def start(link, **variables):
        addresses = [f"{address}:12345" for address in link.addresses]
        for index in (0, 1):
            config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            words = [LABS, "normalized", 1, "--databases", faces, "--logs", tmp_path / str(index)]
            words += ["--precision", "float32", "--iterations", 100_000_000]
            words += ["--evaluate-every", 100_000_000, "--summary-every", 1]
            variables["TF_CONFIG"] = json.dumps(config)
            started.start(index, words, before=link.inside(index), **variables)
        return addresses

    return start


def wait_for_iteration(chief, step):
    """Reads the chief's screen up to the line of an iteration that is not before `step`."""
    for line in chief.stdout:
        found = re.match(r"it= +(\d+) - loss", line)
        if found and int(found[1]) >= step:
            return int(found[1])
    raise AssertionError(chief.stderr.read())


def test_a_slow_link_that_loses_packets_and_is_cut_for_five_seconds_is_waited_for(start, started):
    with Link(delay=0.05, loss=0.01) as link:
        start(link)
        step = wait_for_iteration(started.processes[0], 3)
        link.cut = True
        time.sleep(5)
        link.cut = False
        wait_for_iteration(started.processes[0], step + 5)
        started.processes[0].send_signal(signal.SIGTERM)
        assert [(code, err) for code, _, err in started.all_ended()] == [(143, ""), (143, "")]


def test_a_link_that_is_cut_for_long_ends_both_sides_with_the_other_s_name(start, started):
    with Link() as link:
        addresses = start(link, SILENCE="4")
        wait_for_iteration(started.processes[0], 20)
        link.cut = True
        began = time.monotonic()
        for index in (0, 1):
            code, _, err = started.ended(index)
            assert code == 2
            assert err == (
                f"error: worker {1 - index} ({addresses[1 - index]}) is gone. "
                "Start all workers again, with --restore.\n"
            )
        assert time.monotonic() - began < 60
