"""What a run says at once of a lab that trains but will not do what its author expects.

Each check looks at numbers that the run has anyway, or at one small batch, and yields sentences.
None stops a run: a lab may mean what it does.
"""

import numpy as np

IMAGES = 64  # that the loss is tried on
NEARLY = 1e-3
# The draws of TensorFlow that go on from where the process is: a restored run draws others.
OWN_DRAWS = {
    "Multinomial", "ParameterizedTruncatedNormal", "RandomGamma", "RandomPoisson",
    "RandomPoissonV2", "RandomShuffle", "RandomStandardNormal", "RandomUniform",
    "RandomUniformInt", "TruncatedNormal",
}  # fmt: skip


def of_the_loss(loss, scores, desired):
    """Whether the loss is one for these scores.

    Args:
        loss: from scores and labels to a loss for each image.
        scores: of an untrained network, (n, classes) float32.
        desired: the labels, (n, classes), one-hot.
    """
    import tensorflow as tf

    if not np.isfinite(scores).all():
        return

    def losses_of(y):
        return np.asarray(loss(tf.constant(y, tf.float32), tf.constant(desired)), np.float64)

    y = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(y)
        losses = loss(y, tf.constant(desired))
    slope = tape.gradient(losses, y, unconnected_gradients="zero").numpy()
    sums, lowest = np.exp(scores).sum(axis=1), losses_of(scores).min()
    if np.allclose(slope, -desired) and abs(sums - 1).max() > 0.01:
        yield (
            "the loss is a cross-entropy that takes the scores for logarithms of probabilities, "
            "and they are none: their exponentials add up to "
            f"{sums.mean():.3g} in the mean, not to 1. End the network with tf.nn.log_softmax."
        )
    elif lowest < -NEARLY:
        yield (
            f"the loss is below zero, {lowest:.4g}, for some images. A loss has 0 for its best "
            "value, or the network gains by being surer than sure: look at its sign, and at what "
            "it takes the scores for."
        )
    elif wrong := _wrong_at_its_best(losses_of, scores, desired):
        yield wrong
    elif np.mean(_rises(slope, desired)) > 0.9:
        yield (
            "the loss falls when the score of the right class falls: the network will learn to "
            "answer wrongly. Look at the loss's sign and the order of its arguments."
        )


def _wrong_at_its_best(losses_of, scores, desired):
    """A sentence if probabilities, or their logarithms, have a loss even where they are perfect."""
    shares = abs(scores.sum(axis=1) - 1).max() < NEARLY and scores.min() >= 0
    logarithms = abs(np.exp(scores).sum(axis=1) - 1).max() < NEARLY
    if not (shares or logarithms):
        return None

    def of_answer(sureness):
        y = sureness * desired + (1 - sureness) / desired.shape[1]
        return losses_of(np.log(np.maximum(y, 1e-30)) if logarithms else y).mean()

    unsure, almost, best = map(of_answer, (0.0, 0.999, 1.0))
    # With smoothed labels a perfect answer costs something, too, but there the loss rises again.
    if best < 0.05 * abs(unsure) or best >= almost:
        return None
    of_what = "logarithms of probabilities" if logarithms else "probabilities"
    return (
        f"the network's scores are {of_what}, and for a perfect answer the loss is still "
        f"{best:.4g}, for an undecided one {unsure:.4g}: it may be one for scores without softmax "
        "(from_logits), or for probabilities where these are their logarithms."
    )


def _rises(slope, desired):
    """Of each image, whether the loss rises with the right score more than with the others."""
    right = (slope * desired).sum(axis=1)
    others = (slope * (1 - desired)).sum(axis=1) / (desired.shape[1] - 1)
    return right > others


def of_the_gradients(variables, gradients, unreached):
    """Whether all layers learn.

    Args:
        variables: the trainable variables.
        gradients: theirs in the first iteration, arrays.
        unreached: paths of the variables that the loss does not depend on.
    """
    if unreached:
        yield (
            f"{_listed(unreached)} gets no gradient, so it stays as it is: the loss does not "
            "depend on it. What it computes may not reach the scores, or go through an operation "
            "without a derivative (argmax, round, a cast to whole numbers)."
        )
    zero = [
        variable.path
        for variable, gradient in zip(variables, gradients, strict=True)
        if len(variable.shape) > 1 and variable.path not in unreached and not np.any(gradient)
    ]
    if zero:
        yield (
            f"the gradient of {_listed(zero)} is 0 in the whole first batch. As long as it is, "
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
            "restored run begins with it anew. Make it an attribute of a layer."
        )


def _copies(variable):
    return getattr(variable, "values", ())


def of_the_answers(step, evaluation, classes, rate):
    """Whether the network answers better than by chance.

    Args:
        step: how many iterations are done.
        evaluation: the `Evaluation` on the data that it trains on.
        classes: their names.
        rate: the learning rate.
    """
    answers = evaluation.confusion.sum(axis=0)
    shares = evaluation.confusion.sum(axis=1) / answers.sum()
    largest = shares.max()
    if largest == 1:
        return  # there is one answer only
    by_chance = largest + 2 * np.sqrt(largest * (1 - largest) / answers.sum())
    if answers.max() == answers.sum() and step >= 20:
        what = f"every one of the {answers.sum():,} images is answered {classes[answers.argmax()]}"
    elif evaluation.accuracy <= by_chance and step >= 50:
        what = f"an accuracy of {evaluation.accuracy:.4f} on the train set is no better than chance"
    else:
        return
    yield (
        f"after {step} iterations {what}. The learning rate, {rate:g}, may be too high (try a "
        "tenth of it) or too low; in TensorBoard batch/loss, gradient_norm, update_to_weight and "
        "dead_relu tell which."
    )


def _listed(names, most=3):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
