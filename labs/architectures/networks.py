"""networks: the lectures' networks, narrow enough for 48x48 pixels, on the same 10k faces.

The large ones have a part of the paper's filters or layers, most without some strides of the
beginning; all are trained alike. The networks were made for a thousand classes and a million
photographs: what this compares is how fast each learns a small question, and what it costs.

    python -m labs.architectures.networks
    python -m labs.architectures.networks --only ResNet-18 "VGG A" --seeds 1
"""

import dataclasses
import functools

import keras

from labs.analysis import charts, cost
from labs.analysis.measures import Measure
from labs.analysis.study import Study
from labs.architectures import (
    alexnet,
    densenet,
    fractalnet,
    googlenet,
    lenet,
    resnet,
    senet,
    squeezenet,
    vgg,
)


def variation(network, **changed):
    """The chapter's lab with another network, of which some arguments differ."""
    network = functools.partial(network, **changed) if changed else network
    return dataclasses.replace(lenet.lab, network=network)


@functools.cache
def cost_of(network):
    """The `Cost` of a lab's network."""
    with cost.without_numbers():
        x = keras.Input((lenet.lab.task.images.numbers,))
        return cost.of(keras.Model(x, network(x)))


PARAMETERS = Measure("parameters", lambda run: cost_of(run.lab.network).parameters, True, ",.0f")
MULTIPLICATIONS = Measure(
    "million multiplications",
    lambda run: cost_of(run.lab.network).multiplications / 1e6,
    True,
    ".1f",
)
BOTTLENECKS = {"depth": 50, "width": 1 / 8}

study = Study(
    name="networks",
    about=__doc__,
    variants={
        "LeNet-5": lenet.lab,
        "AlexNet": alexnet.lab,
        "ZF": variation(alexnet.zf_on_faces),
        "VGG A": vgg.lab,
        "VGG D": variation(vgg.on_faces, configuration="D"),
        "GoogLeNet": googlenet.lab,
        "Inception v3": variation(googlenet.inception_v3_on_faces),
        "ResNet-18": resnet.lab,
        "ResNet-50": variation(resnet.on_faces, **BOTTLENECKS),
        "ResNeXt-50": variation(resnet.on_faces, **BOTTLENECKS, inner=2, groups=8),
        "CIFAR ResNet-20": variation(resnet.small_on_faces, build=resnet.cifar),
        "stochastic depth": variation(resnet.small_on_faces, build=resnet.cifar, survival=0.5),
        "pre-activation": variation(resnet.small_on_faces, build=resnet.pre_activated),
        "Wide ResNet-16-2": variation(
            resnet.small_on_faces, build=resnet.pre_activated, depth=16, width=2
        ),
        "SE-ResNet-18": senet.lab,
        "DenseNet": densenet.lab,
        "SqueezeNet": squeezenet.lab,
        "FractalNet": fractalnet.lab,
    },
    extra=(PARAMETERS, MULTIPLICATIONS),
    draw=charts.bars(),
    claims=(
        ("AlexNet", "LeNet-5"),
        ("ZF", "AlexNet"),
        ("VGG A", "AlexNet"),
        ("ResNet-18", "VGG A"),
        ("SE-ResNet-18", "ResNet-18"),
    ),
)

if __name__ == "__main__":
    study.main()
