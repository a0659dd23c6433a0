"""The lectures' networks have the published numbers: parameters, layer by layer, and more."""

import functools
import itertools
import math

import keras
import pytest

from labs.analysis import cost
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

NETWORKS = {
    "LeNet-5": (lenet.network, (32, 32, 1)),
    "LeNet-5 as published": (functools.partial(lenet.network, as_published=True), (32, 32, 1)),
    "AlexNet": (alexnet.network, (227, 227, 3)),
    "AlexNet in one group": (functools.partial(alexnet.network, groups=1), (227, 227, 3)),
    "ZF": (alexnet.zf, (224, 224, 3)),
    "GoogLeNet": (googlenet.network, (224, 224, 3)),
    "GoogLeNet with auxiliaries": (
        functools.partial(googlenet.network, auxiliaries=True),
        (224, 224, 3),
    ),
    "Inception v3": (googlenet.inception_v3, (299, 299, 3)),
    "ResNeXt-50": (functools.partial(resnet.network, inner=2, groups=32), (224, 224, 3)),
    "Wide ResNet-50-2": (functools.partial(resnet.network, inner=2), (224, 224, 3)),
    "WRN-28-10": (functools.partial(resnet.pre_activated, depth=28, width=10), (32, 32, 3)),
    "DenseNet-121": (densenet.network, (224, 224, 3)),
    "SqueezeNet": (squeezenet.network, (224, 224, 3)),
    "SE-ResNet-50": (senet.network, (224, 224, 3)),
    "FractalNet": (fractalnet.network, (32, 32, 3)),
}
NETWORKS |= {
    f"VGG {name}": (functools.partial(vgg.network, configuration=name), (224, 224, 3))
    for name in vgg.CONFIGURATIONS
}
NETWORKS |= {
    f"ResNet-{depth}": (functools.partial(resnet.network, depth=depth), (224, 224, 3))
    for depth in resnet.STAGES
}
NETWORKS |= {
    f"CIFAR ResNet-{depth}": (functools.partial(resnet.cifar, depth=depth), (32, 32, 3))
    for depth in (20, 32, 44, 56, 110)
}
PARAMETERS = {
    "LeNet-5": 61_706,
    "LeNet-5 as published": 60_000 + 84 * 10 + 10,  # the output's, which the paper fixes
    "AlexNet": 60_965_224,
    "AlexNet in one group": 62_378_344,
    "VGG A": 132_863_336,
    "VGG A-LRN": 132_863_336,
    "VGG B": 133_047_848,
    "VGG C": 133_638_952,
    "VGG D": 138_357_544,
    "VGG E": 143_667_240,
    "GoogLeNet": 6_998_552,
    "GoogLeNet with auxiliaries": 13_378_280,
    "Inception v3": 23_817_352,  # keras.applications
    "ResNet-18": 11_689_512,
    "ResNet-34": 21_797_672,
    "ResNet-50": 25_557_032,
    "ResNet-101": 44_549_160,
    "ResNet-152": 60_192_808,
    "ResNeXt-50": 25_028_904,  # torchvision: resnext50_32x4d
    "Wide ResNet-50-2": 68_883_240,  # torchvision: wide_resnet50_2
    "CIFAR ResNet-20": 269_722,
    "CIFAR ResNet-32": 464_154,
    "CIFAR ResNet-44": 658_586,
    "CIFAR ResNet-56": 853_018,
    "CIFAR ResNet-110": 1_727_962,
    "DenseNet-121": 7_978_856,
    "SqueezeNet": 1_248_424,
    "SE-ResNet-50": 28_088_024,
}
# Convolutions and fully connected layers on the longest way, by the networks' names and papers.
DEPTHS = {"AlexNet": 8, "ZF": 8, "GoogLeNet": 22, "Inception v3": 48, "DenseNet-121": 121}
DEPTHS |= {"VGG A": 11, "VGG B": 13, "VGG C": 16, "VGG D": 16, "VGG E": 19, "ResNeXt-50": 50}
DEPTHS |= {f"ResNet-{depth}": depth for depth in resnet.STAGES}
DEPTHS |= {f"CIFAR ResNet-{depth}": depth for depth in (20, 32, 44, 56, 110)}
# Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", 2019.
FIELDS = {"AlexNet": 195, "VGG D": 212, "Inception v3": 1311}
FIELDS |= {"ResNet-50": 483, "ResNet-101": 1027, "ResNet-152": 1507}


@functools.cache
def built(name):
    """A network without numbers, and its costs."""
    function, shape = NETWORKS[name]
    with cost.without_numbers():
        x = keras.Input(shape)
        model = keras.Model(x, function(x))
        return model, cost.of(model), cost.sight(model)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_its_exact_number_of_parameters(name):
    assert built(name)[1].parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", DEPTHS)
def test_a_network_has_as_many_layers_as_it_is_named_or_known_for(name):
    assert built(name)[2].depth == DEPTHS[name]


@pytest.mark.parametrize("name", FIELDS)
def test_a_pixel_of_the_last_map_sees_as_much_as_published(name):
    assert built(name)[2].field == FIELDS[name]


def test_vgg_has_the_millions_of_the_slide():
    millions = [round(built(f"VGG {name}")[1].parameters / 1e6) for name in "ABCDE"]
    assert millions == [133, 133, 134, 138, 144]


VGG_D = [  # the slide's rows: memory and weights
    (224 * 224 * 3, 0),
    (224 * 224 * 64, 1_728),
    (224 * 224 * 64, 36_864),
    (112 * 112 * 64, 0),
    (112 * 112 * 128, 73_728),
    (112 * 112 * 128, 147_456),
    (56 * 56 * 128, 0),
    (56 * 56 * 256, 294_912),
    (56 * 56 * 256, 589_824),
    (56 * 56 * 256, 589_824),
    (28 * 28 * 256, 0),
    (28 * 28 * 512, 1_179_648),
    (28 * 28 * 512, 2_359_296),
    (28 * 28 * 512, 2_359_296),
    (14 * 14 * 512, 0),
    (14 * 14 * 512, 2_359_296),
    (14 * 14 * 512, 2_359_296),
    (14 * 14 * 512, 2_359_296),
    (7 * 7 * 512, 0),
    (4096, 102_760_448),
    (4096, 16_777_216),
    (1000, 4_096_000),
]


def test_vgg_d_is_the_slide_s_table_row_by_row():
    costs = {layer: cost.of_layer(layer) for layer in built("VGG D")[0].layers}
    weights = {layer: math.prod(layer.kernel.shape) for layer in costs if hasattr(layer, "kernel")}
    found = [(its.values, weights.get(layer, 0)) for layer, its in costs.items() if its.values]
    assert found == VGG_D


def test_the_rows_of_vgg_d_add_up_to_15_2_million_numbers_and_not_to_the_slide_s_24():
    assert sum(memory for memory, _ in VGG_D) == built("VGG D")[1].values == 15_237_608


def test_its_command_prints_the_slide_s_table(capsys):
    with pytest.raises(SystemExit) as exit_:
        vgg.main(["--describe"])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    assert "conv_1_1     memory: 224*224*64 = 3,211,264   weights: 3*3*3*64 = 1,728\n" in out
    assert "TOTAL memory: 15,237,608 * 4 bytes = 61 MB" in out
    assert "TOTAL parameters: 138,357,544" in out
    assert out.splitlines()[-1] == "Total = 1,760,578"  # of the lab itself


# ------------------------------------------------------------------------------ layer by layer


def parameters(name):
    return {layer.name: cost.of_layer(layer).parameters for layer in built(name)[0].layers}


def test_lenet_has_the_parameters_of_the_paper_layer_by_layer():
    found = parameters("LeNet-5 as published")
    maps = sum(count for name, count in found.items() if name.startswith("C3_"))
    assert [found[name] for name in ("C1", "S2", "S4", "C5", "F6")] == [156, 12, 32, 48120, 10164]
    assert maps == 1516


def test_alexnet_has_the_slide_s_filters():
    model, _, _ = built("AlexNet")
    kernels = {
        layer.name: tuple(layer.kernel.shape) for layer in model.layers if "conv" in layer.name
    }
    assert kernels == {
        "conv_1": (11, 11, 3, 96),
        "conv_2": (5, 5, 48, 256),
        "conv_3": (3, 3, 256, 384),
        "conv_4": (3, 3, 192, 384),
        "conv_5": (3, 3, 192, 256),
    }
    assert [model.get_layer(name).output.shape[1] for name in ("conv_1", "pool_5")] == [55, 6]


def test_zf_has_smaller_filters_than_alexnet_in_the_beginning_and_the_paper_s_maps():
    model, its, _ = built("ZF")
    sides = {name: model.get_layer(name).output.shape[1] for name in ("conv_1", "conv_2", "conv_5")}
    assert sides == {"conv_1": 110, "conv_2": 26, "conv_5": 13}
    convolutions = 49 * 3 * 96 + 25 * 96 * 256 + 9 * (256 * 384 + 384 * 384 + 384 * 256)
    connected = 36 * 256 * 4096 + 4096 * 4096 + 4096 * 1000
    biases = 96 + 256 + 384 + 384 + 256 + 4096 + 4096 + 1000
    assert its.parameters == convolutions + connected + biases


@pytest.mark.parametrize(
    ("module", "channels", "side"),
    [("3a", 256, 28), ("3b", 480, 28), ("4a", 512, 14), ("4e", 832, 14), ("5a", 832, 7)]
    + [("5b", 1024, 7)],
)
def test_googlenet_s_modules_have_the_paper_s_maps(module, channels, side):
    output = built("GoogLeNet")[0].get_layer(f"inception_{module}").output
    assert output.shape == (None, side, side, channels)


def test_a_wide_network_has_the_parameters_of_its_formula():
    def block(channels, filters):
        shortcut = channels * filters if channels != filters else 0
        return 9 * filters * (channels + filters) + 2 * (channels + filters) + shortcut

    ends = 27 * 16 + 2 * 640 + 640 * 10 + 10
    stages = ((16, 160), (160, 320), (320, 640))
    blocks = sum(block(a, b) + 3 * block(b, b) for a, b in stages)
    assert built("WRN-28-10")[1].parameters == ends + blocks


def test_a_fractal_block_has_seven_convolutions_of_which_three_see_the_input():
    channels = (3, *fractalnet.FILTERS)
    expected = sum(9 * (3 * a * b + 4 * b * b) + 7 * 2 * b for a, b in itertools.pairwise(channels))
    assert built("FractalNet")[1].parameters == expected + 512 * 10 + 10


def test_the_longest_way_of_a_fractal_doubles_with_each_column():
    for columns in (1, 2, 3):
        with cost.without_numbers():
            x = keras.Input((32, 32, 3))
            model = keras.Model(x, fractalnet.network(x, columns, width=1 / 8))
            assert cost.sight(model).depth == 5 * 2 ** (columns - 1) + 1
