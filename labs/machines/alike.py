"""Whether the workers of a run were started alike: what differs would train something else."""

import functools
from importlib.metadata import version

from dsutil.binary import digest
from labs.machines import devices, quiet

# Each machine may keep its files elsewhere, and only the chief has the run's folder.
OWN = ("databases", "logs", "run", "command")


def check_command(lab, given, workers):
    """Refuses workers of another lab, other options or other versions."""
    if workers.count == 1:
        return
    tf, _ = quiet.load_tensorflow()
    words = {
        f"--{name.replace('_', '-')}": value
        for name, value in vars(given).items()
        if name not in OWN
    }
    workers.must_agree(
        {
            "lab": lab.name,
            "lab's code": digest(_function(lab.network).__code__.co_filename),
            "TensorFlow": tf.__version__,
            "Keras": version("keras"),
            "GPUs:": len(tf.config.list_physical_devices("GPU")),
        }
        | words
    )


def _function(network):
    """The function that a lab's network is, also where some of its arguments were filled in."""
    while isinstance(network, functools.partial):
        network = network.func
    return network


def check_data(data, options, workers):
    """Refuses workers with other data, or that compute in another precision.

    Args:
        data: the data's sizes and digests.
    """
    if workers.count > 1:
        facts = {"--precision": devices.choose_precision(options.precision)}
        for use, found in data.items():
            digests = " and ".join(digest[:12] for digest in found["sha256"].values())
            facts[f"--{use} data of"] = f"{found['count']} images, digests {digests}"
        workers.must_agree(facts)
