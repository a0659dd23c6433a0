"""Layers: what the labs' networks are made of.

Each function takes a Keras tensor and returns one, through ordinary Keras layers, so a network made
of them is an ordinary `keras.Model`:

    >>> import keras
    >>> import layers as Layers
    >>> x = keras.Input((2304,))
    >>> t = Layers.unflat(x, 48, 48, 1)
    >>> t = Layers.conv(t, 64, 3, 1, "conv_1")
    >>> t = Layers.maxpool(t, 2, "pool_2")
    >>> y = Layers.fc(Layers.flat(t), 2, "fc_3")
    >>> keras.Model(x, y).output_shape
    (None, 2)

Knows nothing of data or labs.
"""

from layers.adversarial import AdversarialTraining, gradient_sign, log_odds
from layers.as_convolution import as_convolution
from layers.augmentation import (
    random_affine,
    random_blur,
    random_brightness,
    random_contrast,
    random_crop,
    random_erasing,
    random_flip,
    random_noise,
    random_rotation,
    random_shift,
    random_zoom,
)
from layers.contractive import fc_contractive
from layers.convolution import avgpool, conv, conv_transposed, global_avgpool, maxpool
from layers.dense import dropout, fc
from layers.dense_block import dense_block
from layers.dictionary import Dictionary
from layers.excitation import squeeze_excitation
from layers.fire import fire
from layers.game import Adversary, latent, reverse_gradient
from layers.grouped import conv_grouped
from layers.inception import inception
from layers.initialization import initializer
from layers.joining import Join, TogetherInTraining
from layers.local_response import local_response_normalization
from layers.lsuv import lsuv
from layers.normalization import BatchNormalizer, batchnorm, layernorm
from layers.proposals import propose
from layers.recurrent import gru, lstm, recurrent
from layers.regions import roi_pool
from layers.residual import residual
from layers.shape import flat, unflat
from layers.sparsity import sparsity
from layers.upsampling import maxpool_with_places, unpool, upsample

deconv = conv_transposed  # the course's word for it

__all__ = [
    "AdversarialTraining",
    "Adversary",
    "BatchNormalizer",
    "Dictionary",
    "Join",
    "TogetherInTraining",
    "as_convolution",
    "avgpool",
    "batchnorm",
    "conv",
    "conv_grouped",
    "conv_transposed",
    "deconv",
    "dense_block",
    "dropout",
    "fc",
    "fc_contractive",
    "fire",
    "flat",
    "global_avgpool",
    "gradient_sign",
    "gru",
    "inception",
    "initializer",
    "latent",
    "layernorm",
    "local_response_normalization",
    "log_odds",
    "lstm",
    "lsuv",
    "maxpool",
    "maxpool_with_places",
    "propose",
    "random_affine",
    "random_blur",
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_erasing",
    "random_flip",
    "random_noise",
    "random_rotation",
    "random_shift",
    "random_zoom",
    "recurrent",
    "residual",
    "reverse_gradient",
    "roi_pool",
    "sparsity",
    "squeeze_excitation",
    "unflat",
    "unpool",
    "upsample",
]
