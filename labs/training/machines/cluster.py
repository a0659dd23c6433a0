"""Which processes train together: from TF_CONFIG or from Slurm."""

import dataclasses
import json
import os

from dsutil.errors import InputError

EXAMPLE = (
    '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a run.

    Attributes:
        addresses: host:port of each, on which TensorFlow listens; the chief's first.
        index: which of them this process is.
    """

    addresses: tuple
    index: int

    def resolver(self):
        """What `tf.distribute.MultiWorkerMirroredStrategy` asks for its cluster."""
        import tensorflow as tf

        return tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(self.addresses)}),
            task_type="worker",
            task_id=self.index,
            num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
            rpc_layer="grpc",
        )


def find(strategy_name):
    """The cluster for `--strategy strategy_name`; None where this process trains alone.

    Raises:
        InputError: there is none, though it is asked for, or the environment describes it wrongly.
    """
    if strategy_name not in ("auto", "multiworker"):
        return None
    if "TF_CONFIG" in os.environ:
        cluster = from_tf_config(os.environ["TF_CONFIG"])
    elif "SLURM_STEP_NUM_TASKS" in os.environ:  # set by srun only, not in a batch script
        cluster = from_slurm()
    elif strategy_name == "auto":
        return None
    else:
        raise InputError(
            "--strategy multiworker needs to know the other workers: start it with Slurm's srun, "
            f"or set TF_CONFIG to, for instance, {EXAMPLE}"
        )
    return cluster if strategy_name == "multiworker" or len(cluster.addresses) > 1 else None


def from_tf_config(text):
    """The cluster that the variable TF_CONFIG describes; its chief is "chief" or worker 0."""

    def wrong(what):
        return InputError(f"TF_CONFIG {what}; expected, for instance, {EXAMPLE}")

    try:
        config = json.loads(text)
    except ValueError:
        raise wrong(f"is no JSON: {text[:80]!r}") from None
    jobs = config.get("cluster") if isinstance(config, dict) else None
    if not isinstance(jobs, dict) or not jobs or not set(jobs) <= {"chief", "worker"}:
        raise wrong('has no "cluster" of a "worker" list, and at most a "chief" besides')
    addresses = [address for job in sorted(jobs) for address in _list(jobs[job])]
    for address in addresses:
        if not _is_address(address):
            raise wrong(f"has the address {address!r}")
    if not addresses or len(set(addresses)) < len(addresses):
        raise wrong("has no address, or one twice")
    task = config.get("task")
    job, index = (task.get("type"), task.get("index")) if isinstance(task, dict) else (None, None)
    if job not in jobs or type(index) is not int or not 0 <= index < len(_list(jobs[job])):
        raise wrong(f'has the "task" {task!r}, which is none of its cluster')
    before = len(_list(jobs["chief"])) if job == "worker" and "chief" in jobs else 0
    return Cluster(tuple(addresses), before + index)


def from_slurm():
    """The cluster of the tasks that srun started.

    Jobs that share a machine get different ports, which follow from the job's number.
    """
    from labs.training.quiet import load_tensorflow

    tf, _ = load_tensorflow()
    try:
        port = 12_001 + 64 * (int(os.environ["SLURM_JOB_ID"]) % 300)
        # Told of more GPUs than there are tasks, it neither looks for nvidia-smi nor divides by 0.
        # Which GPUs a task sees is for srun to say.
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=port, gpus_per_node=1000, gpus_per_task=1, auto_set_gpu=False
        )
        addresses = resolver.cluster_spec().job_tasks("worker")
        # Not by SLURM_PROCID: the resolver sorts the machines by name, n10 before n9.
        local = port + int(os.environ["SLURM_LOCALID"])
        own = f"{os.environ['SLURMD_NODENAME']}:{local}"
        return Cluster(tuple(addresses), addresses.index(own))
    except KeyError as error:
        raise InputError(
            f"Slurm's variable {error} is not set: start the workers with srun."
        ) from None
    except (RuntimeError, ValueError) as error:
        raise InputError(f"Slurm's variables do not fit together: {error}.") from None


def _list(value):
    return value if isinstance(value, list) else []


def _is_address(text):
    host, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    return bool(host) and port.isdecimal() and 1 < int(port) < 2**16
