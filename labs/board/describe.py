"""What `--describe` prints: each layer's output shape and how its parameters are counted."""

import math

from labs.machines import quiet

LEAST_WIDTH = 22  # of the column of names


def main(lab, given, freeze):
    """Prints the lab's layers; returns the exit code.

    Args:
        freeze: keeps layers of a model from learning, by a list of their names.
    """
    _, keras = quiet.load_tensorflow()
    x = keras.Input((lab.task.images.numbers,))
    model = keras.Model(x, lab.network(x))
    freeze(model, (given.freeze or "").split())
    print((lab.about or lab.name).strip(), end="\n\n")
    for line in table(model, given.batch_size or lab.batch_size):
        print(line)
    return 0


def table(model, batch_size):
    """Yields a line for each layer, and the total last."""
    found = list(rows(model, batch_size))
    width = max(LEAST_WIDTH, *(len(name) + 2 for name, _, _ in found))
    for name, shape, parameters in [("layer", "output shape", "parameters"), *found]:
        yield f"{name:<{width}}{shape:<24}{parameters}".rstrip()
    yield f"Total = {total(model):,}"


def markdown(model, batch_size):
    """The same table in Markdown."""
    lines = ["| layer | output shape | parameters |", "| --- | --- | --- |"]
    for name, shape, parameters in rows(model, batch_size):
        lines.append(f"| {name} | {shape} | {parameters} |".replace("*", r"\*"))
    lines.append(f"| **Total** | | **{total(model):,}** |")
    return "\n".join(lines)


def rows(model, batch_size):
    """Yields each layer's name, its output shape, and how its parameters are counted."""
    for layer in model.layers:
        output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
        shape = (batch_size, *output.shape[1:])
        yield layer.name, str(shape), formula(layer)


def total(model):
    """How many parameters there are to learn."""
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def formula(layer):
    """How a layer's trainable parameters are counted: `3*3*1*64 + 64 = 640`; empty without any.

    Those of a frozen layer are counted, too, but not in the total.
    """
    from labs.board.inside import frozen_weights

    shapes = [tuple(weight.shape) for weight in layer.trainable_weights or frozen_weights(layer)]
    terms = ["*".join(map(str, shape)) or "1" for shape in shapes]
    said = f"{' + '.join(terms)} = {sum(map(math.prod, shapes)):,}" if shapes else ""
    return f"{said}, frozen" if frozen_weights(layer) and not layer.trainable_weights else said
