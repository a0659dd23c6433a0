"""residual_net: a narrow residual network of 6n + 2 layers, as He et al. built it for CIFAR-10.

Three stages of n blocks with 16, 32 and 64 filters; here n is 1, and the faces' 48 pixels become 12
before the first stage. The studies of this chapter change one thing of it at a time.

    python -m labs.architectures.residual_net
"""

import keras

import layers as Layers
from labs.nn4 import loss
from labs.training import Lab


def normalized(t, name=None):
    """Batch normalization; its averages forget fast, as training is short."""
    return Layers.batchnorm(t, name, decay=0.95)


def residual(inner, t):
    """What two convolutions make of `t`, and `t` itself."""
    return keras.layers.add([inner, t])


def network(x, depth=8, normalized=normalized, joined=residual):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    Args:
        depth: 6n + 2: how many layers have weights, those in shortcuts left out.
        normalized: a function from a tensor to one, such as `layers.batchnorm`; None for none.
        joined: what becomes of the two convolutions' output and of the shortcut; None for a plain
            network, without shortcuts.
    """
    normalized = normalized or (lambda t: t)
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 16, 5, 4, "conv_1", None, kernel_initializer="he")
    for stage, filters in enumerate((16, 32, 64)):
        for number in range((depth - 2) // 6):
            strides = 2 if stage and not number else 1
            t = block(t, filters, strides, f"block_{stage + 1}_{number + 1}", normalized, joined)
    t = keras.layers.ReLU(name="relu_last")(normalized(t))
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, 2, "fc", "log_softmax", kernel_initializer="he")


def block(t, filters, strides, name, normalized, joined):
    """Two convolutions, with normalization and activation before each, and the way past them."""
    start = {"kernel_initializer": "he"}
    inner = keras.layers.ReLU()(normalized(t))
    past = t
    if strides > 1:
        past = Layers.conv(inner, filters, 1, strides, f"{name}_shortcut", None, **start)
    inner = Layers.conv(inner, filters, 3, strides, f"{name}_1", None, **start)
    inner = keras.layers.ReLU()(normalized(inner))
    inner = Layers.conv(inner, filters, 3, 1, f"{name}_2", None, **start)
    return joined(inner, past) if joined else inner


def optimizer(learning_rate):
    return keras.optimizers.SGD(learning_rate, momentum=0.9)


lab = Lab(
    name="residual_net",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="10k",
    test="test10k",
    iterations=300,
    batch_size=128,
    learning_rate=0.1,
    summary_every=50,
    evaluate_every=50,
)

if __name__ == "__main__":
    lab.main()
