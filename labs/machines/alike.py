"""Whether the workers of a run were started alike: what differs would train something else."""

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
    network = getattr(lab.network, "func", lab.network)  # of a functools.partial
    facts = {
        "lab": lab.name,
        "lab's code": digest(network.__code__.co_filename),
        "TensorFlow": tf.__version__,
        "Keras": version("keras"),
        "GPUs:": len(tf.config.list_physical_devices("GPU")),
    }
    for name, value in vars(given).items():
        if name not in OWN:
            facts[f"--{name.replace('_', '-')}"] = value
    workers.must_agree(facts)


def check_data(data, options, workers):
    """Refuses workers with other data, or that compute in another precision.

    Args:
        data: the data's sizes and digests.
    """
    facts = {"--precision": devices.choose_precision(options.precision)}
    for use, found in data.items():
        digests = " and ".join(digest[:12] for digest in found["sha256"].values())
        facts[f"--{use} data of"] = f"{found['count']} images, digests {digests}"
    workers.must_agree(facts)
