"""What the workers of a run tell one another, besides the numbers.

TensorFlow's collectives carry gradients and losses. Everything else goes over a connection between
the chief, worker 0, and each of the others: whether all were started alike, how many iterations the
next graph call makes, whether one was told to stop. And since the system closes a connection with
its process, all know at once when one of them dies; when one hangs, or its machine does, after a
while.
"""

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import threading
import time

from dsutil.errors import InputError
from labs.machines import connection

PATIENCE = 300  # seconds that workers wait for one another at the start


class Workers:
    """The workers of a run, a context; a process that trains alone is the chief of no others.

    Args:
        cluster: a `labs.machines.cluster.Cluster`, or None.

    Attributes:
        chief: whether this process is the one that prints and keeps the run's folder.
        count, index: how many there are, and which this one is.
        scratch: the folder in which one that is not the chief writes what nobody reads.

    Raises:
        InputError: the others do not come.
    """

    def __init__(self, cluster=None):
        self.addresses = cluster.addresses if cluster else ("",)
        self.index = cluster.index if cluster else 0
        self.count = len(self.addresses)
        self.chief = self.index == 0
        self.scratch = None
        self._links = {}  # index of a worker: the link to it
        self._lock = threading.Lock()
        self._over = False

    def __enter__(self):
        if self.count > 1:
            self._screen = os.dup(2)  # standard error is held back while TensorFlow loads
            _check_free(self.addresses[self.index])
            self._links = self._await_others() if self.chief else {0: self._call_the_chief()}
            for index, link in self._links.items():
                threading.Thread(target=self._listen, args=(index, link), daemon=True).start()
        if not self.chief:
            self.scratch = tempfile.mkdtemp(prefix="labs-worker-")
            print(f"{self.name(self.index)} of {self.count}: {self.name(0)} prints", flush=True)
            sys.stdout = open(os.devnull, "w")
        return self

    def __exit__(self, _kind, error, _traceback):
        if self.count == 1:
            return
        try:
            if error:
                self._fail(error)
            else:
                self.meet()  # nobody leaves before all are done
        finally:
            with self._lock:
                self._over = True
                for link in self._links.values():
                    link.send({"bye": True})
                self._clear()

    def name(self, index):
        """How a worker is called on the screen."""
        return f"worker {index} ({self.addresses[index]})"

    def meet(self):
        """Waits until all workers are here."""
        self.gather(None)

    def of_chief(self, value):
        """The chief's value; each worker has to call this."""
        return self.gather(value)[0]

    def gather(self, value):
        """Every worker's value, by its index; each has to call this, and they wait for it.

        Args:
            value: anything that JSON can say.
        """
        if self.count == 1:
            return [value]
        if not self.chief:
            self._links[0].send({"value": value})
            return self._links[0].values.get()
        values = [value] + [self._links[index].values.get() for index in range(1, self.count)]
        for link in self._links.values():
            link.send({"value": values})
        return values

    def must_agree(self, facts):
        """Refuses to go on unless all workers have the same `facts`: a dict."""
        others = self.gather(facts)
        if not self.chief:
            return  # the chief says so, and to all
        for index, found in enumerate(others):
            for key, value in facts.items():
                if found.get(key) != value:
                    raise InputError(
                        f"{self.name(index)} has {key} {found.get(key)}, {self.name(0)} has "
                        f"{value}: start all workers with the same options, data and versions."
                    )

    def in_turn(self, work):
        """Does `work`: the chief first, then one worker of each machine, then the others.

        So files that the work makes are made once, whether machines share them or not.
        """
        hosts = [address.rpartition(":")[0] for address in self.addresses]
        first_here = hosts.index(hosts[self.index]) == self.index
        turn = 0 if self.chief else 1 if first_here else 2
        for now in range(3):
            if now == turn:
                done = work()
            self.meet()
        return done

    def _await_others(self):
        """The chief's links, once all workers have called."""
        host, port = _meeting(self.addresses[0])
        try:
            server = socket.create_server(("", port))
        except OSError as error:
            raise InputError(
                f"Port {port} of {host}, on which the other workers call the chief, cannot be "
                f"opened: {os.strerror(error.errno)}."
            ) from None
        links, deadline = {}, time.monotonic() + PATIENCE
        with server:
            while len(links) < self.count - 1:
                server.settimeout(max(0.01, deadline - time.monotonic()))
                try:
                    link = connection.Connection(server.accept()[0])
                    hello = link.receive(seconds=10)
                    index, addresses = int(hello["index"]), list(map(str, hello["addresses"]))
                except (OSError, ValueError, KeyError, TypeError):
                    if time.monotonic() < deadline:
                        continue  # somebody else called
                    missing = [self.name(i) for i in range(1, self.count) if i not in links]
                    sentence = (
                        f"{', '.join(missing)} did not call {host}:{port} within {PATIENCE} s: "
                        "start all workers, told of the same cluster."
                    )
                else:
                    taken = index in links or index not in range(1, self.count)
                    links[f"second {index}" if taken else index] = link
                    if not taken and addresses == list(self.addresses):
                        continue
                    sentence = (
                        f"A second worker {index} called {self.name(0)}: give each its own index."
                        if taken
                        else f"{self.name(0)} and worker {index} were told of different clusters: "
                        f"{', '.join(self.addresses)} and {', '.join(addresses)}."
                    )
                for link in links.values():
                    link.send({"failed": sentence})
                raise InputError(sentence)
        return links

    def _call_the_chief(self):
        """The link to the chief, once it listens."""
        host, port = _meeting(self.addresses[0])
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                link = connection.Connection(socket.create_connection((host, port), timeout=10))
                link.send({"index": self.index, "addresses": self.addresses})
                return link
            except OSError as error:
                unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
                if unknown or time.monotonic() > deadline:
                    raise InputError(
                        f"{self.name(self.index)} cannot reach {self.name(0)} on port {port}: "
                        f"{error.strerror or error}. Look at the cluster in TF_CONFIG, and at what "
                        "lets connections through."
                    ) from None
                time.sleep(0.2)

    def _listen(self, index, link):
        """Takes in what comes over a link; ends this process if that breaks or nothing comes."""
        name, again = self.name(index), "Start all workers again, with --restore."
        sentence = f"{name} is gone. {again}"
        try:
            while message := link.receive():
                if "value" in message:
                    link.values.put(message["value"])
                elif "bye" in message:
                    return
                elif "failed" in message:
                    sentence = message["failed"]
                    break
        except connection.Silent as error:
            sentence = f"{name} {error}. {again}"
            link.close()
        except (OSError, ValueError):
            pass  # it is gone
        with self._lock:  # held to the end: the first reason is the one that is told
            if self._over:
                return
            for other in self._links.values():
                other.send({"failed": sentence})
            self._clear()
            with contextlib.suppress(OSError):  # the terminal is gone, too
                os.write(self._screen, f"error: {sentence}\n".encode())
            os._exit(2)  # the main thread waits in a collective that never ends

    def _fail(self, error):
        """Tells the others what ends this worker, or hears from them why."""
        lost = hasattr(error, "error_code")  # as TensorFlow's errors have, which may not be loaded
        if lost:
            time.sleep(connection.SILENCE + 5)  # `_listen` knows who is gone, and ends this process
        why = f"stopped: {error}" if isinstance(error, Exception) else "was interrupted"
        for link in self._links.values():
            link.send({"failed": f"{self.name(self.index)} {why}"})
        if not self.chief and isinstance(error, InputError | OSError):
            time.sleep(5)  # what ends all ends the chief, and all repeat its words
        if lost:
            raise InputError(f"TensorFlow lost a worker: {str(error).splitlines()[0]}") from error

    def _clear(self):
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)


def _meeting(address):
    """Where the chief of this address is called: at the port below TensorFlow's."""
    host, _, port = address.rpartition(":")
    return host, int(port) - 1


def _check_free(address):
    """Refuses a port that is taken: TensorFlow would share it with its owner."""
    port = int(address.rpartition(":")[2])
    try:
        socket.create_server(("", port)).close()
    except OSError as error:
        raise InputError(
            f"Port {port} of {address} cannot be opened: {os.strerror(error.errno)}."
        ) from None
