"""A network whose fully connected end is made of convolutions (lecture: "FC vs Conv Layer")."""

import keras


def as_convolution(model):
    """A network that slides `model` over pictures of any size, step by step, in one pass.

    "Any FC layer can be converted to a CONV layer: setting the filter size to be exactly the size
    of the input volume." The first fully connected layer becomes a convolution with filters as
    large as the map that was made flat before it, the others become convolutions of 1x1, and a mean
    over whole maps becomes the mean of a window of that size. For a picture of the size that
    `model` takes, the numbers are the same. A larger one has an output for each window of that
    size, where windows lie as many pixels apart as pooling and strides make of one. Their numbers
    are not quite those of the windows alone: 'same' convolutions see what lies beside a window,
    where `model` sees zeros.

    Args:
        model: a functional model from pictures, or from rows of numbers that a `unflat` makes
            pictures of. Its weights are copied.

    Returns:
        A `keras.Model` from pictures (batch, height, width, channels) of any size, not smaller than
        the model's, to (batch, rows, columns, units).

    Example:
        >>> import layers as Layers
        >>> x = keras.Input((2304,))
        >>> t = Layers.conv(Layers.unflat(x, 48, 48, 1), 16, 3, 1)
        >>> y = Layers.fc(Layers.flat(Layers.maxpool(t, 8)), 2)
        >>> slides = as_convolution(keras.Model(x, y))
        >>> slides(keras.Input((480, 640, 1))).shape
        (None, 55, 75, 2)

    Raises:
        ValueError: the model has no pictures in it, or a layer that needs them whole, such as
            `squeeze_excitation`.
    """
    whole = {}  # the size of the map that a row of numbers is made of, by the row's tensor
    copies = []
    pictures = _pictures(model)
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):  # before which nothing lies
            for tensor in keras.tree.flatten(layer.output):
                whole[id(tensor)] = _size_behind(layer, whole)

    def slid(layer):
        if not isinstance(layer, keras.Layer):
            return layer  # an operation of `keras.ops`
        copy = _of_any_size(layer, whole, pictures)
        copies.append((layer, copy))
        return copy

    x = keras.Input((None, None, pictures.shape[-1]))
    slides = keras.models.clone_model(model, x, clone_function=slid)
    for layer, copy in copies:
        copy.set_weights(
            [
                weight.reshape(new.shape)
                for weight, new in zip(layer.get_weights(), copy.weights, strict=True)
            ]
        )
    return slides


def _pictures(model):
    """The first tensor of a model that is pictures."""
    tensors = [layer.output for layer in model.layers if not isinstance(layer.output, list)]
    pictures = next((tensor for tensor in tensors if len(tensor.shape) == 4), None)
    if pictures is None:
        raise ValueError(f"the model {model.name} has no pictures in it for anything to slide over")
    return pictures


def _size_behind(layer, whole):
    """Height and width of the map that a layer's rows of numbers are made of."""
    source = keras.tree.flatten(layer.input)[0]
    if isinstance(layer, keras.layers.Flatten) and len(source.shape) == 4:
        return tuple(source.shape[1:3])
    if isinstance(layer, keras.layers.Dense):
        return (1, 1)
    return whole.get(id(source), (1, 1))


def _of_any_size(layer, whole, pictures):
    """A layer that does the same on maps of any size."""
    source = keras.tree.flatten(layer.input)[0]
    named = {"name": layer.name, "dtype": layer.dtype_policy}
    if isinstance(layer, keras.layers.Dense) and len(source.shape) == 2:
        return keras.layers.Conv2D(
            layer.units,
            whole[id(source)],
            activation=layer.activation,
            use_bias=layer.use_bias,
            data_format="channels_last",
            **named,
        )
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        size = tuple(source.shape[1:3])
        return keras.layers.AveragePooling2D(size, 1, data_format="channels_last", **named)
    if isinstance(layer, keras.layers.Flatten) or layer.output is pictures:
        return keras.layers.Identity(**named)
    return type(layer).from_config(layer.get_config())
