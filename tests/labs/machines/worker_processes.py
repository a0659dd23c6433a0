"""Workers on the loopback address, each a process of its own."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from dsutil.errors import exit_with_sentence
from labs.machines import coordination
from labs.machines.cluster import Cluster
from labs.machines.workers import Workers

ROOT = Path(__file__).parents[3]


def free_addresses(count):
    """Addresses whose ports were free a moment ago; none that the system gives to a caller."""
    taken, addresses = [], []
    while len(addresses) < count:
        port = 10_000 + int.from_bytes(os.urandom(2), "big") % 20_000
        try:
            taken.append(socket.create_server(("", port)))
        except OSError:
            continue
        addresses.append(f"127.0.0.1:{port}")
    for server in taken:
        server.close()
    return addresses


class Started:
    """Processes by the index of their worker; those that still run are killed at the end."""

    def __init__(self):
        self.processes = {}

    def start(self, index, words, before=(), **variables):
        """Starts `python words` with these variables in its environment.

        Args:
            before: what comes before `python` in the command.
        """
        self.processes[index] = subprocess.Popen(
            [*before, sys.executable, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        )
        return self.processes[index]

    def start_all(self, count, words_of, variables_of=lambda index: {}):
        """Starts so many workers of one cluster, told of it by TF_CONFIG; returns their addresses.

        Args:
            words_of: from a worker's index to the words after `python`.
            variables_of: from a worker's index to what is in its environment besides.
        """
        addresses = free_addresses(count)
        for index in range(count):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": {"worker": addresses}, "task": task})
            self.start(index, words_of(index), TF_CONFIG=config, **variables_of(index))
        return addresses

    def ended(self, index):
        """Waits for a worker; returns its exit code and what it wrote to the screen."""
        out, err = self.processes[index].communicate(timeout=300)
        return self.processes[index].returncode, out, err

    def all_ended(self):
        return [self.ended(index) for index in sorted(self.processes)]

    def clear(self):
        for process in self.processes.values():
            process.kill()
            process.communicate()
        self.processes.clear()


class Forked:
    """Workers that do a piece of Python, each a process forked where TensorFlow is loaded already.

    Args:
        folder: where they write what they say.
    """

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["labs", "tensorflow", "keras"])

    def start(self, addresses, index, body, patience=60, silence=60, before=""):
        """Starts worker `index`; `body` has it as `we`, and its screen as `screen`.

        Args:
            patience, silence: what `coordination` has for them.
            before: what is done before the worker joins the others.
        """
        words = self.folder, addresses, index, body, patience, silence, before
        self.processes[index] = self.context.Process(target=_work, args=words)
        self.processes[index].start()

    def signal(self, index, number):
        os.kill(self.processes[index].pid, number)

    def wait_for(self, index, word):
        """Waits until a worker has said a word."""
        while word not in self._said(index, "out"):
            assert self.processes[index].is_alive()
            time.sleep(0.02)

    def ended(self, index):
        """Waits for a worker; returns its exit code and what it wrote to the screen."""
        self.processes[index].join(120)
        code = self.processes[index].exitcode
        return code, self._said(index, "out"), self._said(index, "err")

    def all_ended(self):
        return [self.ended(index) for index in sorted(self.processes)]

    def clear(self):
        for process in self.processes.values():
            process.kill()
            process.join()

    def _said(self, index, stream):
        path = self.folder / f"{stream}{index}"
        return path.read_text() if path.exists() else ""


def _work(folder, addresses, index, body, patience, silence, before):
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / f"{stream}{index}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
    coordination.PATIENCE, coordination.SILENCE = patience, silence
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background job
    screen = sys.stdout
    exec(before, {"coordination": coordination, "index": index})
    with exit_with_sentence(), Workers(Cluster(tuple(addresses), index)) as we:
        exec(body, {"we": we, "screen": screen, "index": index})
