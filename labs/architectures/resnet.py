"""resnet: residual networks of 18 to 152 layers, and what came of them.

The CIFAR networks of 20 to 110 layers, pre-activation, wide networks, ResNeXt, and stochastic
depth. In all of them a block learns F(x) = H(x) - x: what is to be added to its input.

    python -m labs.architectures.resnet
    python -m labs.architectures.resnet --describe
"""

import dataclasses

import keras

import layers as Layers
from labs.architectures import lenet

START = {"kernel_initializer": "he"}
STAGES = {  # how many blocks each stage has
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def network(
    t, depth=50, classes=1000, width=1, reduced_stem=False, inner=1, groups=1, excitation=None
):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 224x224x3.
        depth: one of `STAGES`. From 50 on the blocks have a bottleneck.
        classes: how many.
        width: how many times the paper's filters there are.
        reduced_stem: whether the pooling is left out, for small pictures.
        inner: how many times more filters the 3x3 convolutions of bottlenecks have: 2 makes
            Wide ResNet-50-2 of ResNet-50, and with 32 `groups` ResNeXt-50 32x4d.
        groups: in how many these convolutions are.
        excitation: what becomes of a block's output before the addition, by name too;
            `layers.squeeze_excitation` makes SE-ResNet.
    """
    t = keras.layers.ZeroPadding2D(3)(t)
    t = Layers.conv(
        t, round(64 * width), 7, 2, "conv_1", None, padding="valid", use_bias=False, **START
    )
    t = keras.layers.ReLU(name="relu_1")(normalized(t, "norm_1"))
    if not reduced_stem:
        t = Layers.maxpool(keras.layers.ZeroPadding2D(1)(t), 3, "pool_1", strides=2)
    for stage, blocks in enumerate(STAGES[depth], 2):
        filters = round(2 ** (stage + 4) * width)
        for i in range(blocks):
            strides = 2 if stage > 2 and i == 0 else 1
            name = f"conv_{stage}_{i + 1}"
            if depth < 50:
                t = basic(t, filters, strides, name, excitation)
            else:
                t = bottleneck(t, filters, strides, name, inner, groups, excitation)
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, classes, "fc", "log_softmax", **START)


def normalized(t, name=None):
    """Batch normalization; its averages forget fast, as training is short."""
    return Layers.batchnorm(t, name, decay=0.95, epsilon=1.001e-5)


def convolution(t, filters, size, strides, name, activation="relu", groups=1):
    """Convolution and batch normalization, and an activation, if any."""
    options = {"use_bias": False} | START
    if groups > 1:
        t = Layers.conv_grouped(t, filters, size, groups, strides, f"{name}_conv", None, **options)
    else:
        t = Layers.conv(t, filters, size, strides, f"{name}_conv", None, **options)
    t = normalized(t, f"{name}_norm")
    return keras.layers.Activation(activation, name=f"{name}_{activation}")(t) if activation else t


def basic(t, filters, strides, name, excitation=None):
    """Two 3x3 convolutions, past which a shortcut leads."""
    past = projected(t, filters, strides, name)
    t = convolution(t, filters, 3, strides, f"{name}_1")
    t = convolution(t, filters, 3, 1, f"{name}_2", None)
    return joined(past, t, name, excitation)


def bottleneck(t, filters, strides, name, inner=1, groups=1, excitation=None):
    """A 3x3 convolution between one of 1x1 that leaves it few channels and one that makes many."""
    past = projected(t, 4 * filters, strides, name)
    t = convolution(t, inner * filters, 1, strides, f"{name}_1")
    t = convolution(t, inner * filters, 3, 1, f"{name}_2", groups=groups)
    t = convolution(t, 4 * filters, 1, 1, f"{name}_3", None)
    return joined(past, t, name, excitation)


def projected(t, filters, strides, name):
    """The shortcut: the input itself, or a 1x1 convolution where the shapes differ."""
    if t.shape[-1] == filters and strides == 1:
        return t
    return convolution(t, filters, 1, strides, f"{name}_shortcut", None)


def joined(past, t, name, excitation=None):
    t = excitation(t, name=f"{name}_excitation") if excitation else t
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=name)([past, t]))


# --------------------------------------------------------------------------------- for CIFAR-10


def cifar(t, depth=20, classes=10, width=1, strides=1, survival=1.0):
    """The paper's networks for CIFAR-10: three stages of n blocks with 16, 32 and 64 filters.

    The shortcuts have no parameters: where a stage begins, every other pixel is taken, and zeros
    make up for the new channels.

    Args:
        t: the pictures; CIFAR-10's are 32x32x3.
        depth: 6n + 2.
        classes, width: as of `network`.
        strides: of the first convolution.
        survival: with which probability the last block is there in a step of training; those before
            it are likelier, in a straight line to 1 (stochastic depth).
    """
    count = (depth - 2) // 6
    t = convolution(t, round(16 * width), 3, strides, "conv_1")
    for number in range(3 * count):
        stage, i = divmod(number, count)
        dropped = (number + 1) / (3 * count) * (1 - survival)
        step = 2 if stage and not i else 1
        filters = round(16 * 2**stage * width)
        t = block_without_parameters_past(t, filters, step, f"conv_{stage + 2}_{i + 1}", dropped)
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, classes, "fc", "log_softmax", **START)


def block_without_parameters_past(t, filters, strides, name, dropped=0.0):
    """Two 3x3 convolutions that may be left out in a step, and a shortcut with no parameters."""
    past = t
    if strides > 1:
        past = t[:, ::strides, ::strides]
        past = keras.ops.pad(past, [[0, 0], [0, 0], [0, 0], [0, filters - t.shape[-1]]])
    t = convolution(t, filters, 3, strides, f"{name}_1")
    t = convolution(t, filters, 3, 1, f"{name}_2", None)
    if dropped:  # one draw for the whole batch; what stays is scaled, instead of the test's
        t = Layers.dropout(t, dropped, f"{name}_survival", noise_shape=(1, 1, 1, 1))
    return joined(past, t, name)


def pre_activated(t, depth=20, classes=10, width=1, strides=1):
    """The same with normalization and activation before each convolution: the path stays clean.

    With a `width` of 4 or 10 it is a Wide ResNet, whose `depth`, 6n + 4, counts the convolutions in
    two of the shortcuts: WRN-28-10 has 28 and 10.

    Args:
        t, classes, strides: as of `cifar`.
        depth: 6n + 2 or 6n + 4.
        width: how many times the paper's filters the three stages have.
    """
    t = Layers.conv(t, 16, 3, strides, "conv_1", None, use_bias=False, **START)
    for stage in range(3):
        for i in range((depth - 2) // 6):
            step = 2 if stage and not i else 1
            name = f"conv_{stage + 2}_{i + 1}"
            t = Layers.residual(
                t,
                round(16 * 2**stage * width),
                3,
                step,
                name,
                normalization=normalized,
                pre_activation=True,
                use_bias=False,
                **START,
            )
    t = keras.layers.ReLU(name="relu_last")(normalized(t, "norm_last"))
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, classes, "fc", "log_softmax", **START)


# --------------------------------------------------------------------------------- the lab


def on_faces(x, depth=18, width=1 / 4, **changed):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    ResNet-18 with a quarter of the filters, and no pooling behind the first.
    """
    t = Layers.unflat(x, 48, 48, 1)
    return network(t, depth, classes=2, width=width, reduced_stem=True, **changed)


def small_on_faces(x, build, **changed):
    """The same of `cifar` or `pre_activated`: the first convolution has strides of 2."""
    return build(Layers.unflat(x, 48, 48, 1), classes=2, strides=2, **changed)


lab = dataclasses.replace(lenet.lab, name="resnet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
