"""What a run says at once of a lab that trains but will not do what its author expects.

Each check looks at numbers that the run has anyway, or at one small batch, and yields sentences.
None stops a run: a lab may mean what it does.
"""

import numpy as np

IMAGES = 64  # that the loss is tried on
# The draws of TensorFlow that go on from where the process is: a restored run draws others.
OWN_DRAWS = {
    "Multinomial", "ParameterizedTruncatedNormal", "RandomGamma", "RandomPoisson",
    "RandomPoissonV2", "RandomShuffle", "RandomStandardNormal", "RandomUniform",
    "RandomUniformInt", "TruncatedNormal",
}  # fmt: skip


def of_what_is_unreached(unreached):
    """Whether the loss depends on all weights; `unreached` are the paths of those it does not."""
    if unreached:
        yield (
            f"{_listed(unreached)} gets no gradient, so it stays as it is: the loss does not "
            "depend on it. What it computes may not reach the network's end, or go through an "
            "operation without a derivative (argmax, round, a cast to whole numbers)."
        )


def of_the_gradients(variables, gradients, unreached):
    """Whether all layers learn.

    Args:
        variables: the trainable variables.
        gradients: theirs in the second iteration, arrays: in the first one a last layer that
            starts from zeros may let none through.
        unreached: paths of the variables that the loss does not depend on.
    """
    zero = [
        variable.path
        for variable, gradient in zip(variables, gradients, strict=True)
        if len(variable.shape) > 1 and variable.path not in unreached and not np.any(gradient)
    ]
    if zero:
        yield (
            f"the gradient of {_listed(zero)} is 0 for the whole second batch. As long as it is, "
            "that layer learns nothing: weights that are all 0, or units behind it that are 0 for "
            "every image (dead_relu in TensorBoard), do that."
        )


def of_the_graph(graph, known):
    """Whether a restored run will draw the same numbers and find all that it had.

    Args:
        graph: of an iteration, a `tf.Graph`.
        known: the variables that a checkpoint keeps, or that follow from seed and step.
    """
    definition = graph.as_graph_def()
    functions = [function.node_def for function in definition.library.function]
    types = {node.op for nodes in [definition.node, *functions] for node in nodes}
    if draws := sorted(types & OWN_DRAWS):
        yield (
            f"the network draws random numbers by TensorFlow's {', '.join(draws)}, whose numbers "
            "follow from no seed and step: a restored run will draw others. Draw with keras.random "
            "and a keras.random.SeedGenerator of the layer."
        )
    # A variable with copies on several devices is used as one of these.
    known = {id(copy) for variable in known for copy in (variable, *_copies(variable))}
    if strange := sorted({v.name for v in graph.variables if id(v) not in known}):
        yield (
            f"no layer holds the variable {_listed(strange)}, so no checkpoint keeps it: a "
            "restored run begins with it anew. Make it a weight of a layer: self.add_weight(...)."
        )


def is_in(graph, variable):
    """Whether a graph reads or changes a variable."""
    copies = {id(copy) for copy in (variable, *_copies(variable))}
    return any(id(used) in copies for used in graph.variables)


def _copies(variable):
    return getattr(variable, "values", ())


def _listed(names, most=3):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
