"""Workers on the loopback address, each a process of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def free_addresses(count):
    """Addresses whose ports, and the ports below them, were free a moment ago."""
    taken, addresses = [], []
    while len(addresses) < count:
        port = 10_000 + 2 * (int.from_bytes(os.urandom(2), "big") % 10_000)
        try:
            taken += [socket.create_server(("", port - 1)), socket.create_server(("", port))]
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

    def start(self, index, words, **variables):
        """Starts `python words` with these variables in its environment."""
        self.processes[index] = subprocess.Popen(
            [sys.executable, *map(str, words)],
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
