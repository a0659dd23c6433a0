"""Where a run computes, and in which precision: both asked of the machine."""

import contextlib
import os
from pathlib import Path

from labs.machines import cluster, coordination


def choose_strategy(name):
    """The name and the `tf.distribute.Strategy` for `--strategy name`.

    Comes before any computation: a cluster can be joined only then.
    """
    import tensorflow as tf

    if workers := cluster.find(name):
        return "multiworker", coordination.join(workers)
    gpus = tf.config.list_logical_devices("GPU")
    devices = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
    if name == "mirrored" or (name == "auto" and len(devices) > 1):
        return "mirrored", tf.distribute.MirroredStrategy(devices)
    return "one", tf.distribute.OneDeviceStrategy(devices[0])


def choose_precision(name):
    """`float32` or `bfloat16` for `--precision name`: bfloat16 only where it is native."""
    if name == "auto":
        return "bfloat16" if native_bfloat16() else "float32"
    return name


def native_bfloat16():
    """Whether the device that trains multiplies bfloat16 in hardware.

    Emulated, it is many times slower than float32 (tensorflow/tensorflow#59050).
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capabilities = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        return all(details.get("compute_capability", (0,))[0] >= 8 for details in capabilities)
    return bool(processor_flags() & {"amx_bf16", "avx512_bf16", "bf16"})


def cores():
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_flags():
    """The instruction sets that Linux lists for the processor; none are known elsewhere."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return set(line.partition(":")[2].split())
    return set()
