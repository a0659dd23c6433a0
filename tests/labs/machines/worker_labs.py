"""Small labs for several workers, and several devices, to train.

python worker_labs.py normalized DEVICES --iterations 3

SIGNAL_AT='["SIGTERM", "evaluate", 50]' sends it one in its evaluation after 50 iterations.
SILENCE=5 lets it count as gone after five seconds without a heartbeat.
"""

import importlib
import json
import os
import signal
import sys

from labs.machines.deferred import defer

defer("tensorflow", "keras", "layers")  # as for `python -m labs.nn2`

from labs.machines import coordination  # noqa: E402
from labs.nn2 import loss, optimizer  # noqa: E402
from labs.training import Lab  # noqa: E402


def normalized(x):
    import keras

    import layers as Layers

    t = Layers.fc(x, 16, "fc_1")
    t = keras.layers.Activation("relu")(Layers.BatchNormalizer(16, name="normalizer")(t))
    return Layers.fc(t, 2, "fc_2")


averaged = normalized  # with the mean over the batch as its loss


def dropped(x):
    import layers as Layers

    t = Layers.BatchNormalizer(16, name="normalizer")(Layers.fc(x, 16, "fc_1"))
    return Layers.fc(Layers.dropout(t, 0.5, "dropout"), 2, "fc_2")


def signal_at(name, method, step):
    """Makes this process get the signal `name` when it trains so far and comes to the method."""
    from labs.training.loop import Training

    real = getattr(Training, method)

    def signalled(self, *given):
        if self.step == step:
            signal.raise_signal(signal.Signals[name])
        return real(self, *given)

    setattr(Training, method, signalled)


if __name__ == "__main__":
    name, devices, *arguments = sys.argv[1:]
    if int(devices) > 1:
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        logical = [tf.config.LogicalDeviceConfiguration()] * int(devices)
        tf.config.set_logical_device_configuration(cpu, logical)
    if "SIGNAL_AT" in os.environ:
        signal_at(*json.loads(os.environ["SIGNAL_AT"]))
    if "SILENCE" in os.environ:
        coordination.SILENCE = int(os.environ["SILENCE"])
    if name.startswith("nn"):
        importlib.import_module(f"labs.{name}").lab.main(arguments)
    Lab(
        name=name,
        about=__doc__,
        network=globals()[name],
        loss=loss,
        reduction="mean" if name == "averaged" else "sum",
        optimizer=optimizer,
        train="tiny",
        test="other",
        iterations=3,
        batch_size=16,
        learning_rate=1e-3,
        summary_every=1,
        evaluate_every=10,
    ).main(arguments)
