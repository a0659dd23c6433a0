"""Whether the workers of a run were started alike: what differs would train something else."""

from importlib.metadata import version

from dsutil.binary import digest
from labs.machines import devices, quiet

# Each machine may keep its files elsewhere, and only the chief has the run's folder.
OWN = ("databases", "logs", "run", "command")


def check_command(lab, chosen, workers):
    """Refuses workers of another lab, other options or other versions."""
    if workers.count == 1:
        return
    tf, _ = quiet.load_tensorflow()
    given = {
        f"--{name.replace('_', '-')}": value
        for name, value in vars(chosen).items()
        if name not in OWN
    }
    workers.must_agree(
        {
            "lab": lab.name,
            "lab's code": digest(lab.network.__code__.co_filename),
            "TensorFlow": tf.__version__,
            "Keras": version("keras"),
            "GPUs:": len(tf.config.list_physical_devices("GPU")),
        }
        | given
    )


def check_data(data, settled, workers):
    """Refuses workers with other data, or that compute in another precision.

    Args:
        data: the data's sizes and digests.
    """
    if workers.count > 1:
        facts = {"--precision": devices.choose_precision(settled.precision)}
        for use, found in data.items():
            digests = " and ".join(found[file][:12] for file in ("images_sha256", "labels_sha256"))
            facts[f"--{use} data of"] = f"{found['count']} images, digests {digests}"
        workers.must_agree(facts)
