"""TensorFlow's coordination service, by which the workers of a cluster know of one another.

It runs in the chief, worker 0. It waits for all workers at the start and hears the heartbeats of
each; when one is gone or reports an error, the collectives of all others end with that. So the
workers speak over collectives: a call of the service itself would not return when a worker is gone,
and would block the whole Python process if the chief hangs.

Workers that are all stopped for longer than SILENCE, as on a laptop that sleeps, count as gone when
they are continued.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import json
import re
import time

import numpy as np

PATIENCE = 300  # seconds that workers wait for one another at the start
SILENCE = 20  # seconds without a heartbeat, sent every 10, after which a worker counts as gone
GROUP = 1_000_000  # TensorFlow's strategies count their groups of devices from 1

TASK = "/job:worker/replica:0/task:"
# How an error names who is gone: by the service, and as a neighbour in a collective.
VERDICT = re.compile(
    rf"(?:task names|heartbeats\)|in-error task):\s(?:{TASK}\d+\s)+"
    rf"|{TASK}\d+ (?:heartbeat timeout|unexpectedly tried)"
)
NEIGHBOUR = re.compile(rf"remote target {TASK}(\d+)")
OF_CHIEF = re.compile(r"tensorflow\.CoordinationService/|GetKeyValue\(\)")
SAID = re.compile("<said>(.*?)</said>", re.DOTALL)

_waiting = concurrent.futures.ThreadPoolExecutor(1)
_partings = itertools.count()


@functools.cache  # a process joins one cluster, once
def join(cluster):
    """The strategy that trains on the workers of a `Cluster`; returns when all are there.

    Raises:
        tf.errors.OpError: they are not all there in time.
    """
    import tensorflow as tf
    from tensorflow.compiler.xla.tsl.protobuf.coordination_config_pb2 import CoordinatedJob

    _context().configure_coordination_service(
        "standalone",
        service_leader=f"{TASK}0",
        cluster_register_timeout_in_ms=1000 * PATIENCE,
        heartbeat_timeout_in_ms=1000 * SILENCE,
        coordinated_jobs=[CoordinatedJob(name="worker", num_tasks=len(cluster.addresses))],
    )
    _context().coordination_service.cluster_register_with_barrier = True  # else it waits for ever
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)


@functools.cache  # the chief says it once, and the service takes no second word
def addresses_of_chief(cluster):
    """The addresses that the chief was told of.

    No collective can tell: it would not end where they differ.

    Raises:
        tf.errors.OpError: somebody is gone.
    """
    if cluster.index == 0:
        _context().set_config_key_value("workers", json.dumps(cluster.addresses))
    return tuple(json.loads(_context().get_config_key_value("workers", 1000 * SILENCE)))


def gather(cluster, value):
    """The value of each worker, in their order: anything that JSON can say.

    All send as many bytes as the longest value has.

    Raises:
        tf.errors.OpError: somebody is gone, or reported an error.
    """
    # A thread that waits in TensorFlow handles no signals, so another one does.
    return _waiting.submit(_gather, cluster, value).result()


def _gather(cluster, value):
    text = json.dumps(value).encode()
    longest = _collect(cluster, np.int32([len(text)])).max()
    rows = _collect(cluster, np.frombuffer(text.ljust(longest + -longest % 4), np.int32))
    return [json.loads(row.tobytes()) for row in rows]  # which passes over spaces at the end


def _collect(cluster, numbers):
    """Every worker's row of numbers, all of one length."""
    import tensorflow as tf

    with tf.device(f"{TASK}{cluster.index}/device:CPU:0"):
        return tf.raw_ops.CollectiveGatherV2(
            input=numbers[None],
            group_size=len(cluster.addresses),
            group_key=GROUP,
            instance_key=len(numbers),  # those of one instance are of one length
            ordering_token=[],
            communication_hint="ring",
        ).numpy()


def part(cluster):
    """Lets the others leave before the chief, now that all have met: the service goes with it.

    Without that, one that is slow to hear of the meeting would find the chief gone.
    """
    import tensorflow as tf

    parting = next(_partings)  # a process may work on several runs, one after another
    with contextlib.suppress(tf.errors.OpError):  # who is gone by now had nothing left to do
        if cluster.index:
            _context().set_config_key_value(f"left/{parting}/{cluster.index}", "")
            return
        for index in range(1, len(cluster.addresses)):
            _context().get_config_key_value(f"left/{parting}/{index}", 1000 * SILENCE)


def end_all(sentence, chief):
    """Ends the collectives of all workers with a sentence, unless something else has ended them.

    Waits a little: a worker that sees this one leave before it hears why would only say that it is
    gone.
    """
    import tensorflow as tf

    if _chief_answers():
        with contextlib.suppress(tf.errors.OpError):
            _context().report_error_to_cluster(tf.errors.ABORTED, f"<said>{sentence}</said>")
    time.sleep(2 if chief else 1)  # the service goes with the chief


def sentence(error, name, what=None, again="Start all workers again, with --restore."):
    """What an error of TensorFlow's says of the workers; None if it is about something else.

    Args:
        name: from the index of a worker to how it is called.
        what: what to say of those that are not there, instead of that they are gone.
        again: what to do when they are gone.
    """
    text = str(error)
    if said := SAID.search(text):
        return said[1]
    if verdict := VERDICT.search(text):
        gone = sorted({int(index) for index in re.findall(r"task:(\d+)", verdict[0])})
    elif OF_CHIEF.search(text):
        gone = [0]
    elif neighbour := NEIGHBOUR.search(text):
        # It may have left because the chief is gone.
        gone = [int(neighbour[1]) if _chief_answers() else 0]
    else:
        return None
    are = "is" if len(gone) == 1 else "are"
    return f"{' and '.join(map(name, gone))} {what or f'{are} gone. {again}'}"


def _chief_answers():
    import tensorflow as tf

    with contextlib.suppress(tf.errors.OpError):
        _context().check_collective_ops_peer_health(f"{TASK}0", timeout_in_ms=5000)
        return True
    return False


def _context():
    from tensorflow.python.eager import context

    return context.context()
