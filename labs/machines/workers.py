"""The workers of a run: who they are, and what they tell one another besides the numbers.

Whether all were started alike, how many iterations the next graph call makes, whether one was told
to stop, what ended one.
"""

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

from dsutil.errors import InputError
from labs.machines import coordination, quiet

AGAIN = "Start all workers again, with --restore."


class Workers:
    """The workers of a run, a context; a process that trains alone is the chief of no others.

    Args:
        cluster: a `labs.machines.cluster.Cluster`, or None.

    Attributes:
        chief: whether this process is the one that prints and keeps the run's folder.
        count, index: how many there are, and which this one is.
        scratch: the folder in which one that is not the chief writes what nobody reads.

    Raises:
        InputError: the others do not come, or one of them is gone or stopped.
    """

    def __init__(self, cluster=None):
        self.cluster = cluster
        self.addresses = cluster.addresses if cluster else ("",)
        self.index = cluster.index if cluster else 0
        self.count = len(self.addresses)
        self.chief = self.index == 0
        self.scratch = None

    def __enter__(self):
        if self.count > 1:
            self._join()
        if not self.chief:
            self.scratch = tempfile.mkdtemp(prefix="labs-worker-")
            print(f"{self.name(self.index)} of {self.count}: {self.name(0)} prints", flush=True)
            sys.stdout = open(os.devnull, "w")
        return self

    def __exit__(self, _kind, error, _traceback):
        try:
            if self.count > 1:
                self._leave(error)
        finally:
            if self.scratch:
                shutil.rmtree(self.scratch, ignore_errors=True)

    def name(self, index):
        """How a worker is called on the screen."""
        return f"worker {index} ({self.addresses[index]})"

    def meet(self):
        """Waits until all workers are here."""
        self.gather(None)

    def of_chief(self, value):
        """The chief's value; each worker has to call this."""
        return self.gather(value if self.chief else None)[0]

    def gather(self, value):
        """Every worker's value, by its index; each has to call this, and they wait for it.

        Args:
            value: anything that JSON can say.
        """
        return coordination.gather(self.count, self.index, value) if self.count > 1 else [value]

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

    def _join(self):
        """Waits for the others, and sees that all were told of the same cluster."""
        tf, _ = quiet.load_tensorflow()
        _check_free(self.addresses[self.index])
        if not self.chief:
            self._await_chief()
        try:
            with _ended_by_signals():
                self.cluster.strategy()
            for index, told in enumerate(
                coordination.exchange(self.count, self.index, self.addresses)
            ):
                if told != list(self.addresses):
                    self._let_others_hear()
                    raise InputError(
                        f"{self.name(self.index)} and worker {index} were told of different "
                        f"clusters: {', '.join(self.addresses)} and {', '.join(told)}."
                    )
        except tf.errors.OpError as error:
            gone = [self.name(i) for i in coordination.who_is_gone(error) if i < self.count]
            raise InputError(
                f"{', '.join(gone) or 'Somebody'} did not come within {coordination.PATIENCE} s: "
                "start all workers, told of the same cluster."
            ) from error

    def _await_chief(self):
        """Waits until the chief's port is open: TensorFlow would not say what is wrong with it."""
        host, _, port = self.addresses[0].rpartition(":")
        deadline = time.monotonic() + coordination.PATIENCE
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=10).close()
                return
            except OSError as error:
                unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
                if unknown or time.monotonic() > deadline:
                    raise InputError(
                        f"{self.name(self.index)} cannot reach {self.name(0)}: "
                        f"{error.strerror or error}. Look at the cluster in TF_CONFIG, and at what "
                        "lets connections through."
                    ) from None
                time.sleep(0.2)

    def _leave(self, error):
        """Waits until all are done, or tells the others what ends this worker."""
        try:
            if error:
                raise error
            self.meet()
        except BaseException as why:
            self._fail(why)
            if why is not error:
                raise

    def _fail(self, error):
        """Tells the others what ends this worker, or says what they told.

        Raises:
            InputError: the sentence for this worker's screen, where it is not the error's own.
        """
        lost = hasattr(error, "error_code")  # as TensorFlow's errors have
        told = lost and coordination.reported(error)
        gone = [] if told or not lost else coordination.who_is_gone(error)
        if told:
            sentence = told
        elif gone:
            names = ", ".join(map(self.name, gone))
            sentence = f"{names} {'is' if len(gone) == 1 else 'are'} gone. {AGAIN}"
        else:
            why = f"stopped: {error}" if isinstance(error, Exception) else "was interrupted"
            sentence = f"{self.name(self.index)} {why}"
        if not told:
            coordination.report(sentence)
        self._let_others_hear()
        if told or gone or (not self.chief and isinstance(error, InputError | OSError)):
            raise InputError(sentence) from error

    def _let_others_hear(self):
        """Waits before it leaves: who sees it gone first would name it, and not the reason."""
        time.sleep(2 if self.chief else 1)


def _check_free(address):
    """Refuses a port that is taken: TensorFlow would share it with its owner."""
    port = int(address.rpartition(":")[2])
    try:
        socket.create_server(("", port)).close()
    except OSError as error:
        raise InputError(
            f"Port {port} of {address} cannot be opened: {os.strerror(error.errno)}."
        ) from None


@contextlib.contextmanager
def _ended_by_signals():
    """Lets Ctrl-C and SIGTERM end the process: TensorFlow keeps Python from hearing of them."""
    main = threading.current_thread() is threading.main_thread()  # others may not say so
    numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
