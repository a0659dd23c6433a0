"""What is wrong with a classifier, as far as its scores and its answers tell.

Each check yields sentences. None stops a run: a lab may mean what it does.
"""

import numpy as np

NEARLY = 1e-3


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

    losses = losses_of(scores)
    for formula, fits, sentence in MISTAKES:
        if not fits(scores) and np.allclose(losses, formula(scores, desired), 1e-3, 1e-4):
            yield sentence
            return
    y = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(y)
        followed = loss(y, tf.constant(desired))
    slope = tape.gradient(followed, y, unconnected_gradients="zero").numpy()
    # Some losses have another best value than 0, but none of those falls without end.
    if losses.min() < -NEARLY and losses_of(1000 * scores).min() < 10 * losses.min():
        yield (
            f"the loss is below zero, {losses.min():.4g} for some images, and falls without end as "
            "the scores grow: the network gains by being ever more sure. Look at the loss's sign, "
            "at the order of its arguments, and at what it takes the scores for."
        )
    elif np.mean(_rises(slope, desired)) > 0.9:
        yield (
            "the loss falls when the score of the right class falls: the network will learn to "
            "answer wrongly. Look at the loss's sign and the order of its arguments."
        )


def _of_logarithms(y, desired):
    return -np.sum(desired * y, axis=1)


def _softmax_first(y, desired):
    return np.log(np.sum(np.exp(y), axis=1)) - np.sum(desired * y, axis=1)


def _sigmoid_first(y, desired):
    return np.mean(np.logaddexp(0, y) - desired * y, axis=1)


def _of_shares(y, desired):
    """Keras's `categorical_crossentropy`."""
    shares = np.clip(y / y.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
    return -np.sum(desired * np.log(shares), axis=1)


def _of_each_share(y, desired):
    """Keras's `binary_crossentropy`."""
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return -np.mean(desired * np.log(y) + (1 - desired) * np.log(1 - y), axis=1)


def _turned_round(y, desired):
    """Keras's `categorical_crossentropy` of the label by the scores."""
    return -np.sum(y * np.log(np.clip(desired, 1e-7, 1 - 1e-7)), axis=1)


def _are_logarithms(y):
    return abs(np.exp(y).sum(axis=1) - 1).max() < 0.01


def _may_be_shares(y):
    return y.min() >= 0 and y.max() <= 1


def _are_shares(y):
    """Whether a softmax or a sigmoid made them; zeros are how a linear layer may start."""
    return y.min() > 0 and y.max() < 1


# Losses by their formula, the scores that each is for, and what to say where it has others.
MISTAKES = (
    (
        _of_logarithms,
        _are_logarithms,
        "the loss is a cross-entropy that takes the scores for logarithms of probabilities, and "
        "they are none: their exponentials do not add up to 1. End the network with "
        "tf.nn.log_softmax.",
    ),
    (
        _softmax_first,
        lambda y: not _are_shares(y),
        "the loss takes a softmax of the scores (from_logits), and the network ends in "
        "probabilities already, so it can never be sure. Leave out one of the two.",
    ),
    (
        _sigmoid_first,
        lambda y: not _are_shares(y),
        "the loss takes a sigmoid of the scores (from_logits), and the network ends in "
        "probabilities already, so it can never be sure. Leave out one of the two.",
    ),
    (
        _of_shares,
        lambda y: y.min() >= 0,
        "the loss is a cross-entropy of probabilities, and the scores are none: some are negative. "
        "End the network with softmax, or give the loss from_logits=True if it has no end.",
    ),
    (
        _of_each_share,
        _may_be_shares,
        "the loss is a cross-entropy of probabilities, and the scores are none: some are below 0 "
        "or above 1. End the network with sigmoid, or give the loss from_logits=True if it has no "
        "end.",
    ),
    (
        _turned_round,
        lambda y: False,
        "the loss has its arguments the wrong way round: a Keras loss takes the label first and "
        "the scores second.",
    ),
)


def _rises(slope, desired):
    """Of each image, whether the loss rises with the right score more than with the others."""
    right = (slope * desired).sum(axis=1)
    others = (slope * (1 - desired)).sum(axis=1) / (desired.shape[1] - 1)
    return right > others


def of_the_answers(step, rate, confusion):
    """Whether the network answers better than by chance.

    Args:
        step: how many iterations are done.
        rate: the learning rate.
        confusion: the `Confusion` on the data that it trains on.
    """
    answers = confusion.matrix.sum(axis=0)
    shares = confusion.matrix.sum(axis=1) / answers.sum()
    if shares.max() == 1 or step < 50:
        return  # there is one answer only, or it is too early to tell
    deviations = np.sqrt(shares * (1 - shares) / answers.sum())
    if answers.max() == answers.sum():
        only = confusion.classes[answers.argmax()]
        what = f"every one of the {answers.sum():,} images is answered {only}"
    elif confusion.accuracy < (shares - 2 * deviations).min():
        yield (
            f"after {step} iterations an accuracy of {confusion.accuracy:.4f} on the train set is "
            "worse than chance: something was learned, the wrong way round. Look for a wrong sign "
            "in the loss, and at some faces with their labels."
        )
        return
    elif confusion.accuracy <= (shares + 2 * deviations)[shares.argmax()]:
        what = f"an accuracy of {confusion.accuracy:.4f} on the train set is no better than chance"
    else:
        return
    yield (
        f"after {step} iterations {what}. The learning rate, {rate:g}, may be too high (try a "
        "tenth of it) or too low; in TensorBoard batch/loss, gradient_norm, update_to_weight and "
        "dead_relu tell which."
    )
