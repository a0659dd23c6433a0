"""Which processes train together: from TF_CONFIG or from Slurm."""

import dataclasses
import json
import os
import re

from dsutil.errors import InputError

WITH_OTHERS = ("auto", "multiworker")

# What srun says of a step and of this task in it.
SLURM = ("SLURM_JOB_ID", "SLURM_PROCID", "SLURM_LOCALID", "SLURMD_NODENAME")
SLURM += ("SLURM_STEP_NODELIST", "SLURM_STEP_TASKS_PER_NODE")

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


def find(strategy_name):
    """The cluster for `--strategy strategy_name`; None where this process trains alone.

    Raises:
        InputError: there is none, though it is asked for, or the environment describes it wrongly.
    """
    if strategy_name not in WITH_OTHERS:
        return None
    asked = strategy_name == "multiworker"
    cluster = from_tf_config(os.environ.get("TF_CONFIG", ""))
    if cluster is None and _slurm_tasks() > (0 if asked else 1):
        cluster = from_slurm()
    if asked and cluster is None:
        raise InputError(
            "--strategy multiworker needs to know the other workers: start it with Slurm's srun, "
            f"or set TF_CONFIG to, for instance, {EXAMPLE}"
        )
    alone = cluster is None or len(cluster.addresses) == 1
    return None if alone and not asked else cluster


def may_be_chief(strategy_name):
    """Whether this process prints, as far as that is known before TensorFlow is loaded.

    Of Slurm's tasks each may: which of them is the first is for TensorFlow to say.
    """
    if strategy_name not in WITH_OTHERS:
        return True
    told = from_tf_config(os.environ.get("TF_CONFIG", ""))
    return told is None or told.index == 0


def from_tf_config(text):
    """The cluster that the variable TF_CONFIG describes; its chief is "chief" or worker 0.

    None where it tells of no cluster: some services set it for a process that trains alone.
    """

    def wrong(what):
        return InputError(f"TF_CONFIG {what}; expected, for instance, {EXAMPLE}")

    try:
        config = json.loads(text.strip() or "null")
    except (ValueError, RecursionError):
        raise wrong(f"is no JSON: {text[:80]!r}") from None
    jobs = config.get("cluster") if isinstance(config, dict) else config
    if jobs in (None, {}):
        return None
    if not isinstance(jobs, dict) or not set(jobs) <= {"chief", "worker"}:
        raise wrong('has no "cluster" of a "worker" list, and at most a "chief" besides')
    listed = {job: jobs[job] for job in sorted(jobs) if isinstance(jobs[job], list)}
    tasks = [(job, index) for job, addresses in listed.items() for index in range(len(addresses))]
    addresses = tuple(listed[job][index] for job, index in tasks)
    for address in addresses:
        if not _is_address(address):
            raise wrong(f"has the address {address!r}")
    if not addresses or len(set(addresses)) < len(addresses):
        raise wrong("has no address, or one twice")
    task = config.get("task")
    if task is None and len(addresses) == 1:
        return Cluster(addresses, 0)  # there is but one that it can be
    own = (task.get("type"), task.get("index")) if isinstance(task, dict) else None
    if own not in tasks:
        raise wrong(f'has the "task" {task!r}, which is none of its cluster')
    return Cluster(addresses, tasks.index(own))


def _is_address(text):
    match = re.fullmatch("(.+):([0-9]{1,5})", text) if isinstance(text, str) else None
    return match is not None and 0 < int(match[2]) < 2**16


def _slurm_tasks():
    """How many tasks srun started together with this one; 0 where it did not start it."""
    text = os.environ.get("SLURM_STEP_NUM_TASKS", "").strip()  # a batch script has none
    if not re.fullmatch("[0-9]{0,9}", text):
        raise _slurm_is_wrong(f"SLURM_STEP_NUM_TASKS is {text!r}, expected a number")
    return int(text or 0)


def from_slurm():
    """The cluster of the tasks that srun started.

    Jobs that share a machine get different ports, which follow from the job's number.
    """
    from labs.machines.quiet import load_tensorflow

    if missing := [name for name in SLURM if not os.environ.get(name)]:
        raise _slurm_is_wrong(f"{', '.join(missing)} are not set")
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
    except (RuntimeError, ValueError) as error:
        raise _slurm_is_wrong(f"do not fit together, {' '.join(str(error).split())}") from None


def _slurm_is_wrong(what):
    return InputError(
        f"Slurm's variables: {what}. Start the workers with srun, or unset SLURM_STEP_NUM_TASKS to "
        "train alone."
    )
