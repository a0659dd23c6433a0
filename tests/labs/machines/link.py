"""A link between two network namespaces, as bad as a test wants it."""

import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


class Link:
    """A context in which two hosts, 0 and 1, reach each other over a link.

    Packets pass through this process, which must run as root: each host is a namespace that holds
    the far end of a TUN device.

    Args:
        delay: seconds that a packet takes.
        loss: the share of packets that are lost.

    Attributes:
        addresses: of the hosts.
        cut: whether all packets are lost.
    """

    def __init__(self, delay=0.0, loss=0.0):
        self.addresses = ("10.77.0.1", "10.77.0.2")
        self.cut = False
        self._delay, self._loss = delay, loss
        self._chance = random.Random(1)
        # Of a namespace and of its device, which begins in the machine's own: at most 15 letters.
        self._names = [f"t{os.getpid()}_{host}" for host in (0, 1)]
        self._ends = []
        self._over = threading.Event()

    def inside(self, host):
        """The words before a command that is to run on a host."""
        return ["ip", "netns", "exec", self._names[host]]

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            for name, address in zip(self._names, self.addresses, strict=True):
                self._ends.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK))
                cleanup.callback(os.close, self._ends[-1])
                wanted = struct.pack("16sH22s", name.encode(), IFF_TUN | IFF_NO_PI, b"")
                fcntl.ioctl(self._ends[-1], TUNSETIFF, wanted)
                _ip("netns", "add", name)
                cleanup.callback(_ip, "netns", "del", name)
                _ip("link", "set", name, "netns", name)
                _ip("-n", name, "link", "set", "lo", "up")
                _ip("-n", name, "addr", "add", f"{address}/24", "dev", name)
                _ip("-n", name, "link", "set", name, "up")
            carrier = threading.Thread(target=self._carry)
            carrier.start()
            cleanup.callback(carrier.join)
            cleanup.callback(self._over.set)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def _carry(self):
        underway = []  # a heap of when, which one, where to, and the packet
        count = 0
        while not self._over.is_set():
            wait = max(0.0, underway[0][0] - time.monotonic()) if underway else 0.1
            for end in select.select(self._ends, [], [], min(wait, 0.1))[0]:
                packet = os.read(end, 65536)
                if not self.cut and self._chance.random() >= self._loss:
                    other = self._ends[1 - self._ends.index(end)]
                    count += 1
                    heapq.heappush(underway, (time.monotonic() + self._delay, count, other, packet))
            while underway and underway[0][0] <= time.monotonic():
                with contextlib.suppress(OSError):  # the host's queue is full
                    os.write(underway[0][2], underway[0][3])
                heapq.heappop(underway)


def _ip(*words):
    subprocess.run(["ip", *words], check=True)
