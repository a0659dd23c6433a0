"""The residual block (lecture: "Residual Learning Block")."""

import keras
import numpy as np

from layers.convolution import conv
from layers.initialization import for_layer


def residual(t, filters, kernel_size, strides=1, name=None, activation="relu", **options):
    """Two convolutions F, and a shortcut past them: F(t) + t.

    The shortcut is `t` itself where the shapes allow it, and a linear 1x1 convolution where they do
    not (other `filters`, or `strides` above 1). Nothing follows the addition: "keep the shortest
    path clean". So the second convolution is linear, and only the first one has the activation and
    the strides.

    Args:
        t: pictures.
        filters, kernel_size, strides, activation, **options: as in `conv`, except that the
            padding must stay 'same'. Each convolution starts with weights of its own, also
            where they share an initializer.
        name: the addition's name; the convolutions are called `<name>_1`, `<name>_2` and
            `<name>_shortcut`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, ceil(height / strides), ceil(width / strides), filters).

    Example:
        >>> residual(keras.Input((24, 24, 32)), 32, 3).shape
        (None, 24, 24, 32)

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, and
    "Identity Mappings in Deep Residual Networks", 2016.
    """

    def part(suffix):
        return name and f"{name}_{suffix}"

    main = conv(t, filters, kernel_size, strides, part(1), activation, **for_layer(0, options))
    main = conv(main, filters, kernel_size, 1, part(2), None, **for_layer(1, options))
    if main.shape == t.shape and all(step == 1 for step in np.ravel(strides)):
        shortcut = t
    else:
        shortcut = conv(t, filters, 1, strides, part("shortcut"), None, **for_layer(2, options))
    return keras.layers.Add(name=name)([main, shortcut])
