"""What `--describe` prints: each layer's output shape and how its parameters are counted."""

import math


def main(lab, chosen):
    from labs.training import devices

    _, keras = devices.load_tensorflow()
    from dsutil import PIXELS

    x = keras.Input((PIXELS,))
    model = keras.Model(x, lab.network(x))
    print(lab.about.strip(), end="\n\n")
    for line in table(model, chosen.batch_size or lab.batch_size):
        print(line)
    return 0


def table(model, batch_size):
    """Yields a line for each layer, and the total last."""
    total = 0
    yield f"{'layer':<22}{'output shape':<24}parameters"
    for layer in model.layers:
        output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
        shape = (batch_size, *output.shape[1:])
        line = f"{layer.name:<22}{shape!s:<24}"
        if layer.trainable_weights:
            line += formula(layer)
        total += sum(math.prod(weight.shape) for weight in layer.trainable_weights)
        yield line.rstrip()
    yield f"Total = {total:,}"


def formula(layer):
    """How a layer's trainable parameters are counted: `3*3*1*64 + 64 = 640`."""
    shapes = [tuple(weight.shape) for weight in layer.trainable_weights]
    terms = ["*".join(map(str, shape)) or "1" for shape in shapes]
    return f"{' + '.join(terms)} = {sum(map(math.prod, shapes)):,}"
