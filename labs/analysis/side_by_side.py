"""Runs of a study side by side: each in one of several processes, with its share of the cores.

A network as small as a lab's keeps several cores busy for part of the time only. So two runs on one
core each end well before one after the other on both.

The processes run the study's own command, with an option more that says to read names of runs, a
line each, and to answer each of them with a line of JSON. Where the study is killed they hear the
end of what they read, and stop as at Ctrl-C.
"""

import concurrent.futures
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

from dsutil.errors import InputError, sentence_of
from labs.machines import cluster, devices
from labs.training.interruption import Interruption

OPTION = "--serve"
A_LOOK = 0.1  # seconds from one look for a signal to the next


def serve(runs, kept, load):
    """Trains the runs whose names come in; returns the exit code.

    Args:
        runs: {name: `Planned`}, all that may be asked for.
        kept: the `Kept` of this process.
        load: called before the first one.
    """
    answers, names, asked = sys.stdout, queue.SimpleQueue(), threading.Event()
    with contextlib.redirect_stdout(sys.stderr), Interruption() as interruption:
        threading.Thread(target=_listen, args=(names, asked), daemon=True).start()
        load()
        for name in iter(names.get, None):
            try:
                said = {"stopped": runs[name].train(kept) or interruption.number}
            except (InputError, OSError) as error:
                said = {"refused": sentence_of(error)}
            asked.clear()
            with contextlib.suppress(BrokenPipeError):  # who asked has gone
                print(json.dumps(said), file=answers, flush=True)
    return 0


def _listen(names, asked):
    """Passes on the names of runs that come in, and at the end None.

    Args:
        names: a queue.
        asked: an event that is set while one of them is not answered. Who asks reads the answers
            before the input ends; who has not is gone, and the run is stopped.
    """
    for line in sys.stdin:
        asked.set()
        names.put(line.strip())
    if asked.is_set():
        signal.raise_signal(signal.SIGTERM)
    names.put(None)


def train(runs, command, jobs, interruption, progress):
    """Trains runs side by side; returns the number of the signal that stopped them, or None.

    Args:
        runs: the `Planned` ones.
        command: what each of the processes runs, a list of words.
        jobs: how many processes there are.
        interruption: the `Interruption`; all processes stop as soon as it has noted a signal.
        progress: told of each run, by `begin(run)` and `end()`.

    Raises:
        InputError: a run cannot be made, or its process died. The others are saved before. Or this
            is one of several workers, which train each run together.
    """
    if cluster.find("auto"):
        raise InputError(
            f"Found --jobs {jobs} where several workers train each run together, as TF_CONFIG or "
            "Slurm tells: leave out one of the two."
        )
    for run in runs:
        run.draw()  # before two of them would draw the same
    waiting = Waiting(runs)

    def work(process):
        run = None
        while not process.stopped and (run := waiting.next(run)):
            progress.begin(run)
            if process.train(run):
                return
            progress.end()

    count = min(jobs, len(runs))
    threads = max(1, devices.cores() // count)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(count))
        processes = [stack.enter_context(Process(command, threads)) for _ in range(count)]
        working = [pool.submit(work, process) for process in processes]
        while not all(one.done() for one in working):
            time.sleep(A_LOOK)
            failed = any(one.done() and one.exception() for one in working)
            if interruption.number or failed:
                for process in processes:
                    process.stop()
    if interruption.number:
        return interruption.number
    for one in working:
        one.result()
    return None


class Waiting:
    """The runs that wait for a process."""

    def __init__(self, runs):
        self._runs, self._lock = list(runs), threading.Lock()
        self._begun = set()

    def next(self, before=None):
        """Takes the next run for a process; None if none is left.

        It is one of the variant that the process knows the graph of, or of one that is not begun.

        Args:
            before: the run that the process has trained before; None for the first.
        """
        with self._lock:
            if not self._runs:
                return None
            own = before and before.variant
            run = min(self._runs, key=lambda run: (run.variant != own, run.variant in self._begun))
            self._runs.remove(run)
            self._begun.add(run.variant)
            return run


class Process:
    """A process that trains runs, one after another. At the end of the context it ends.

    Args:
        command: what it runs, a list of words.
        threads: on how many cores it computes.
    """

    def __init__(self, command, threads):
        self.stopped = False
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        shares = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), str(threads))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env=shares | os.environ,
            start_new_session=True,  # Ctrl-C comes here, and is passed on once
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:  # a second Ctrl-C, say
            self._process.kill()
        with contextlib.suppress(OSError):  # it is over
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._said.close()

    def stop(self):
        """Has it save its run and stop; once."""
        if not self.stopped:
            self.stopped = True
            self._process.terminate()

    def train(self, run):
        """Trains a run; returns the number of the signal that stopped it, or None.

        Raises:
            InputError: the run cannot be made, or the process died.
        """
        with contextlib.suppress(OSError):  # it is over, and answers nothing
            self._process.stdin.write(f"{run.name}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            return self._died(run)
        said = json.loads(answer)
        if "refused" in said:
            raise InputError(said["refused"])
        return said["stopped"]

    def _died(self, run):
        code = self._process.wait()
        if self.stopped:  # before it could say so
            return -code
        self._said.seek(0)
        last = self._said.read().strip().splitlines()[-1:]
        raise InputError(
            f"The process that trained {run.path} ended with the exit code {code}"
            f"{f', and said: {last[0]}' if last else ''}. What is saved is not lost: the same "
            "command goes on. If memory was short, give it a smaller --jobs."
        )
