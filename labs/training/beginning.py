"""What training starts from besides chance: a run's weights, and layers that do not learn."""

import difflib
from pathlib import Path

from dsutil.binary import digest
from dsutil.errors import InputError

TOLD = 6  # names in a sentence


def check_same(before, options, run):
    """Refuses to go on with a run as if it had begun otherwise.

    Args:
        before: the `Options` that it had.
        options: those with which it is to go on.

    Raises:
        InputError: see the text.
    """
    for option, found, wanted, same in (
        ("from", options.begin_from, before.begin_from, _same_path),
        ("freeze", options.freeze, before.freeze, str.__eq__),
    ):
        if not same(found, wanted):
            had = f"with --{option} {wanted}" if wanted else f"without --{option}"
            raise InputError(
                f"{run.path} has begun {had}, found --{option} {found}: how a run begins cannot "
                "change. Leave that option out, or start a new run."
            )


def _same_path(one, other):
    return bool(one) == bool(other) and Path(one) == Path(other)


# ------------------------------------------------------------------------- layers that do not learn


def freeze(model, names):
    """Keeps layers as they are. Batch normalization among them does what it does in inference.

    Args:
        names: of layers; that of a block stands for its layers, `residual_2` for `residual_2_1`,
            `residual_2_norm_1` and so on.

    Raises:
        InputError: there is no such layer, it has no weights, or no layer is left to learn.
    """
    if not names:
        return
    from labs.board.inside import layers_in

    known = {name: layer for layer, name in layers_in(model).items()}
    for name in names:
        for layer in _called(name, known):
            layer.trainable = False
    if not model.trainable_variables:
        raise InputError(
            f"Found --freeze {' '.join(names)}, which leaves nothing that learns: leave out at "
            "least one layer."
        )


def _called(name, known):
    """The layers that a name stands for, of {name: layer}."""
    if name in known and known[name].weights:
        return [known[name]]
    of_block = [layer for of, layer in known.items() if of.startswith(f"{name}_") and layer.weights]
    if of_block:
        return of_block
    learning = [of for of, layer in known.items() if layer.weights]
    if name in known:
        raise InputError(
            f"Found --freeze {name}, a layer without weights: expected some of {_list(learning)}."
        )
    near = difflib.get_close_matches(name, learning)
    raise InputError(
        f"Found --freeze {name}, and there is no such layer: "
        + (f"did you mean {' or '.join(near)}?" if near else f"expected some of {_list(learning)}.")
    )


# -------------------------------------------------------------------------------- a run's weights


def begin(network, source):
    """Gives the layers of a `Network` the weights of a run's layers of the same names.

    Args:
        source: as `labs.runs.copies.source` returns it.

    Returns:
        What config.json says of it: "checkpoint", its "sha256", and what `load` returns.

    Raises:
        InputError: see `load`; or the run has no checkpoint that is whole.
    """
    from labs.runs import saved

    run, checkpoint = source
    path, weights = saved.weights(run.checkpoints, checkpoint)
    return {
        "checkpoint": path,
        "sha256": digest(f"{path}.data-00000-of-00001"),
        **network.begin(weights, path),
    }


def load(model, weights, place):
    """Gives the layers of a model the weights of a run's layers of the same names.

    All that a layer keeps counts, the averages of batch normalization as well. A layer whose name
    the run does not know stays as it is.

    Args:
        weights: the run's, {path of a variable: array}.
        place: of the checkpoint.

    Returns:
        {"layers": the names of those that have the run's weights, "afresh": of those that start
        by themselves}.

    Raises:
        InputError: a layer of the same name has another shape, or there is none of the same name.
    """
    from labs.runs.checkpoints import numbered

    ours = _by_layer(numbered(model.weights))
    theirs = _by_layer(weights)
    common = [name for name in ours if name in theirs]
    if not common:
        raise InputError(
            f"{place} has no layer of a name that the network has: there {_list(theirs)}, here "
            f"{_list(ours)}."
        )
    for name in common:
        _check_alike(name, ours[name], theirs[name], place)
    for name in common:
        for key, variable in ours[name].items():
            variable.assign(theirs[name][key])
    return {"layers": common, "afresh": [name for name in ours if name not in theirs]}


def _by_layer(variables):
    """{layer: {variable: ...}} of {"layer/variable": ...}."""
    layers = {}
    for path, variable in variables.items():
        name, _, own = path.rpartition("/")
        layers.setdefault(name or own, {})[own] = variable
    return layers


def _check_alike(name, ours, theirs, place):
    """Refuses a layer whose variables are not those of the run's layer of its name."""
    for own in sorted(ours.keys() | theirs.keys(), key=lambda own: (own not in ours, own)):
        there, here = (_shape(layer, own) for layer in (theirs, ours))
        if there != here:
            raise InputError(
                f"{place}: {name}/{own} is {there} there, and here it is {here}. Layers of the "
                f"same name begin with the run's weights: give this one another name in the lab, "
                f"such as {name.rpartition('/')[2]}_new, and it starts afresh."
            )


def _shape(layer, own):
    return f"of the shape {tuple(layer[own].shape)}" if own in layer else "missing"


def _list(names):
    names = list(names)
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return f"{', '.join(names[:TOLD])}{more}"


def told(begun):
    """A line about what `--from` did.

    Args:
        begun: what `begin` returned.
    """
    layers, afresh = begun["layers"], begun["afresh"]
    line = f"{begun['checkpoint']}: begun with its weights of {len(layers)} layers"
    if not afresh:
        return f"{line}, which are all"
    return f"{line}; afresh: {', '.join(afresh)}"
