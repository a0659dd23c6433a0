"""small_net: three convolutions, small enough to be trained a hundred times in a few minutes.

On 1000 faces it soon knows all of them by heart. The studies of this chapter change one thing of it
at a time.

    python -m labs.overfitting.small_net
"""

import keras

import layers as Layers
from labs.nn4 import loss
from labs.training import Lab


def unchanged(t):
    return t


def network(x, augmented=unchanged, dropped=0.0, regularizer=None):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    start = {"kernel_initializer": "he", "kernel_regularizer": regularizer}
    t = Layers.unflat(x, 48, 48, 1)
    t = augmented(t)
    t = Layers.conv(t, 16, 5, 2, "conv_1", **start)
    t = Layers.conv(t, 32, 3, 2, "conv_2", **start)
    t = Layers.conv(t, 64, 3, 2, "conv_3", **start)
    t = Layers.fc(Layers.flat(t), 64, "fc_4", "relu", **start)
    t = Layers.dropout(t, dropped)
    return Layers.fc(t, 2, "fc_5", "log_softmax", **start)


def optimizer(learning_rate):
    return keras.optimizers.Adam(learning_rate)


lab = Lab(
    name="small_net",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="1k",
    test="test10k",
    iterations=400,
    batch_size=128,
    learning_rate=1e-3,
    summary_every=50,
    evaluate_every=50,
)

if __name__ == "__main__":
    lab.main()
