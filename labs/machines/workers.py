"""The workers of a run: who they are, and what they tell one another besides the numbers.

Whether all were started alike, how many iterations the next graph call makes, whether one was told
to stop, what ended one.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading

from dsutil.errors import InputError, sentence_of
from labs.machines import coordination, quiet
from labs.machines.cluster import Cluster


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
        self.cluster = cluster or Cluster(("",), 0)
        self.index = self.cluster.index
        self.count = len(self.cluster.addresses)
        self.chief = self.index == 0
        self.scratch = None

    def __enter__(self):
        told = self._join() if self.count > 1 else self.cluster.addresses
        try:
            if told != self.cluster.addresses:
                raise _Differs(
                    f"{self.name(self.index)} and worker 0 were told of different clusters: "
                    f"{', '.join(self.cluster.addresses)} and {', '.join(told)}."
                )
            if not self.chief:
                self.scratch = tempfile.mkdtemp(prefix="labs-worker-")
                print(f"{self.name(self.index)} of {self.count}: {self.name(0)} prints", flush=True)
                sys.stdout = open(os.devnull, "w")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
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
        return f"worker {index} ({self.cluster.addresses[index]})"

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
        return coordination.gather(self.cluster, value) if self.count > 1 else [value]

    def must_agree(self, facts):
        """Refuses to go on unless all workers have the same `facts`: a dict."""
        chief, *others = self.gather(facts)
        for index, found in enumerate(others, 1):
            for key, value in chief.items():
                if found.get(key) != value:
                    raise _Differs(
                        f"{self.name(index)} has {key} {found.get(key)}, {self.name(0)} has "
                        f"{value}: start all workers with the same options, data and versions."
                    )

    def in_turn(self, work):
        """Does `work`: the chief first, then one worker of each machine, then the others.

        So files that the work makes are made once, whether machines share them or not.
        """
        hosts = [address.rpartition(":")[0] for address in self.cluster.addresses]
        first_here = hosts.index(hosts[self.index]) == self.index
        turn = 0 if self.chief else 1 if first_here else 2
        for now in range(3):
            if now == turn:
                done = work()
            self.meet()
        return done

    def _join(self):
        """Waits for the others; returns the addresses that the chief was told of."""
        tf, _ = quiet.load_tensorflow()
        try:
            with _ended_by_signals():
                coordination.join(self.cluster)
                return coordination.addresses_of_chief(self.cluster)
        except tf.errors.OpError as error:
            raise InputError(self._why_not(error, tf.errors)) from error

    def _why_not(self, error, kinds):
        """Why this worker cannot join the others, in one sentence."""
        own, what = self.name(self.index), None
        registering = "RegisterTask" in str(error)
        if "gRPC server" in str(error):
            return f"The port of {own} cannot be opened: another program has it."
        if registering and isinstance(error, kinds.InvalidArgumentError | kinds.AbortedError):
            return (
                f"{self.name(0)} refuses {own}: it was told of another cluster, or an earlier run "
                "has not ended. End all workers and start them again, told of the same cluster."
            )
        if registering and isinstance(error, kinds.DeadlineExceededError):
            what = (
                f"did not come within {coordination.PATIENCE} s: start all workers, told of the "
                "same cluster, on machines that reach one another."
            )
        why = coordination.sentence(error, self.name, what, again="Start all workers again.")
        return why or f"{own} cannot join: {error}"

    def _leave(self, error):
        """Waits until all are done, or tells all why they end.

        Raises:
            InputError: `error`, or what it means for the others, in one sentence.
        """
        try:
            if error:
                raise error
            self.meet()
            coordination.part(self.cluster)
        except BaseException as why:
            stopped = isinstance(why, Exception)
            own = f"stopped: {sentence_of(why)}" if stopped else "was interrupted"
            heard = str(why) if isinstance(why, _Differs) else coordination.sentence(why, self.name)
            sentence = heard or f"{self.name(self.index)} {own}"
            coordination.end_all(sentence, self.chief)
            if heard or (isinstance(why, InputError | OSError) and not self.chief):
                raise InputError(sentence) from why
            if why is not error:
                raise


class _Differs(InputError):
    """Two workers differ: a sentence that names both, and that all say alike."""


@contextlib.contextmanager
def _ended_by_signals():
    """Lets Ctrl-C and SIGTERM end the process: TensorFlow keeps Python from handling them."""
    main = threading.current_thread() is threading.main_thread()  # others may not say so
    numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
