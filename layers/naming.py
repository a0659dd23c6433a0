"""What the layers inside a block are called."""


def part(name, suffix):
    """`<name>_<suffix>`; None, so that Keras finds a name, where the block has none."""
    return name and f"{name}_{suffix}"
