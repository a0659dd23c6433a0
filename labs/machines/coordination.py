"""What several workers need of TensorFlow besides its strategy, and what its errors say of them.

TensorFlow runs a coordination service in the chief, worker 0. It waits for all workers at the start
and hears the heartbeats of each; when one is gone or reports an error, the collectives of all
others end with that. So the workers speak over collectives. A call of the service itself would not
end when somebody is gone, and would hold up all of Python where the chief hangs.

One thing it cannot do: workers that are all stopped for longer than SILENCE, as on a laptop that
sleeps, count as gone when they are continued.
"""

import concurrent.futures
import contextlib
import json
import re

import numpy as np

PATIENCE = 300  # seconds that workers wait for one another at the start
SILENCE = 20  # seconds without a heartbeat after which a worker counts as gone
AT_ONCE = 250  # numbers of 4 bytes that each says in one collective; more take a second one
GROUP = 1_000_000  # TensorFlow's strategies count their groups of devices from 1

TASK = "/job:worker/replica:0/task:"
SAID = re.compile("<said>(.*?)</said>", re.DOTALL)
# How an error names who is gone. What the service says comes before what was seen of a neighbour,
# which may have left because it knew of somebody else. No name: the chief.
GONE = (
    rf"timed out task names:\n((?:{TASK}\d+\s)+)",
    rf"stopped sending heartbeats\):\n((?:{TASK}\d+\s)+)",
    rf"already-in-error task: ({TASK}\d+)",
    "tensorflow.CoordinationService/()",
)
NEIGHBOUR = rf"remote target {TASK}(\d+)"

_waiting = concurrent.futures.ThreadPoolExecutor(1)


def strategy(addresses, index):
    """The strategy that trains on these workers; returns when all are there.

    Raises:
        tf.errors.OpError: they are not all there in time.
    """
    import tensorflow as tf
    from tensorflow.compiler.xla.tsl.protobuf.coordination_config_pb2 import CoordinatedJob

    _context().configure_coordination_service(
        "standalone",
        service_leader=f"{TASK}0",
        cluster_register_timeout_in_ms=_ms(PATIENCE),
        heartbeat_timeout_in_ms=_ms(SILENCE),
        coordinated_jobs=[CoordinatedJob(name="worker", num_tasks=len(addresses))],
    )
    _context().coordination_service.cluster_register_with_barrier = True  # else it waits for ever
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(addresses)}),
        task_type="worker",
        task_id=index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)


def exchange(count, index, value):
    """Yields what `gather` returns, as it comes, where a collective might not end.

    That is so until all workers are known to have the same addresses.
    """
    _context().set_config_key_value(f"worker {index}", json.dumps(value))
    for other in range(count):
        yield json.loads(_context().get_config_key_value(f"worker {other}", _ms(SILENCE)))


def gather(count, index, value):
    """The value of each of `count` workers, in their order: anything that JSON can say.

    Raises:
        tf.errors.OpError: somebody is gone, or reported an error.
    """
    text = json.dumps(value).encode()
    size = -(-len(text) // 4)

    def row(size):  # JSON passes over spaces at its end
        return np.frombuffer(text[: 4 * size].ljust(4 * size), np.int32)

    rows = _collect(count, index, np.append(np.int32(size), row(AT_ONCE)))
    longest = rows[:, 0].max()
    rows = rows[:, 1:] if longest <= AT_ONCE else _collect(count, index, row(longest))
    return [json.loads(row.tobytes()) for row in rows]


def _collect(count, index, row):
    """Every worker's row of whole numbers."""
    import tensorflow as tf

    def collective():
        with tf.device(f"{TASK}{index}/device:CPU:0"):
            return tf.raw_ops.CollectiveGatherV2(
                input=row[None],
                group_size=count,
                group_key=GROUP,
                instance_key=len(row),  # workers of one instance have rows of one size
                ordering_token=[],
                communication_hint="ring",
            ).numpy()

    # In another thread: Python hears of no signal in one that waits in TensorFlow.
    return _waiting.submit(collective).result()


def report(sentence):
    """Ends the collectives of all workers with a sentence, unless something else has ended them."""
    import tensorflow as tf

    if _chief_answers():
        with contextlib.suppress(tf.errors.OpError):
            _context().report_error_to_cluster(tf.errors.ABORTED, f"<said>{sentence}</said>")


def reported(error):
    """The sentence that a worker reported, and that an error of TensorFlow's repeats; or None."""
    found = SAID.search(str(error))
    return found and found[1]


def who_is_gone(error):
    """The indices of the workers that are gone by an error of TensorFlow's; empty if by none."""
    for pattern in GONE:
        if found := re.search(pattern, str(error)):
            return [int(index) for index in re.findall(r"task:(\d+)", found[1])] or [0]
    if found := re.search(NEIGHBOUR, str(error)):
        return [int(found[1]) if _chief_answers() else 0]
    return []


def _chief_answers():
    import tensorflow as tf

    with contextlib.suppress(tf.errors.OpError):
        _context().check_collective_ops_peer_health(f"{TASK}0", timeout_in_ms=5000)
        return True
    return False


def _ms(seconds):
    return int(1000 * seconds)


def _context():
    from tensorflow.python.eager import context

    return context.context()
