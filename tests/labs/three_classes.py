"""three_classes: a lab of another question: red, green or blue pictures of 32x32 pixels."""

import keras

import layers as Layers
from dsutil import Images
from labs.tasks import Classification
from labs.training import Lab

COLOURS = Images((32, 32, 3))


def network(x):
    """Scores (batch, 3) for pictures (batch, 3072)."""
    t = Layers.unflat(x, 32, 32, 3)
    t = Layers.conv(t, 4, 5, 4, "conv_1")
    return Layers.fc(Layers.flat(t), 3, "fc_2")


def loss(y, y_desired):
    """The cross-entropy of each image."""
    return keras.losses.categorical_crossentropy(y_desired, y, from_logits=True)


lab = Lab(
    name="three_classes",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=keras.optimizers.Adam,
    task=Classification("tint", ("red", "green", "blue"), images=COLOURS),
    train="tiny",
    test="other",
    iterations=40,
    batch_size=16,
    learning_rate=1e-2,
    summary_every=10,
    evaluate_every=20,
)

if __name__ == "__main__":
    lab.main()
