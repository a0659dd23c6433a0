"""back_through_time: how much of the gradient is left, the further back in time it goes.

The error is known after the last step. What to do at the first steps, a network learns only from
what of the gradient comes back to them. Each step back multiplies it by the Jacobian of that step,
the same weights again and again: in a plain network it falls, or grows, by about the same factor at
every step. In an LSTM what is in the cells is multiplied by the forget gates, which can be near 1.

Draws the norm of dL/ds_t against t, as a mean over sequences. The state s_t is all that step t
hands on: h of a plain network and of a GRU, h and c of an LSTM.

    python -m labs.sequences.back_through_time
    python -m labs.sequences.back_through_time logs/recurrent/1 logs/lstm/1 --out pictures
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dsutil.dataset import normalized
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue, runs
from labs.analysis import charts, plots, tables
from labs.sequences import adding
from labs.training import data_sets
from labs.training.options import Parser

SEQUENCES = 100
FRESH = [name for name in adding.study.variants if "200 steps" in name]


def norms(layer, above, x, loss):
    """The norm of a loss's gradient by the state after each step, (steps,): a mean.

    Args:
        layer: a recurrent one, such as `Layers.lstm` puts on a tensor.
        above: from the layer's last output (batch, units) to the network's.
        x: sequences, (batch, steps, inputs), float32.
        loss: from the network's output to a loss for each sequence.
    """
    state, states = layer.get_initial_state(len(x)), []
    with tf.GradientTape() as tape:
        tape.watch(state)  # also of a network whose weights are frozen
        for t in range(x.shape[1]):
            _, state = layer.cell(x[:, t], state)
            # What is handed on is a tensor of its own: c's gradient is not that of h as well, which
            # was made from it.
            state = [tf.identity(part) for part in state]
            states.append(state)
        total = tf.reduce_sum(loss(tf.cast(above(state[0]), tf.float32)))
    gradients = tape.gradient(total, states, unconnected_gradients="zero")
    # In 64 bits: the squares of what is left after many steps are 0 in 32.
    whole = [np.concatenate(parts, axis=1).astype(np.float64) for parts in gradients]
    return np.linalg.norm(whole, axis=2).mean(axis=1)


def norms_in(model, lab, dataset):
    """The same of a lab's model, on the first sequences of a data set.

    Raises:
        InputError: the network does not read a sequence and answer after its last step.
    """
    layer, before, above = around_the_recurrent_layer(model)
    x = normalized(dataset.read(0, SEQUENCES))
    desired = lab.task.desired(x, *dataset.read_truths(0, SEQUENCES))
    sequences = tf.cast(before(x), tf.float32)
    return norms(layer, above, sequences, lambda y: lab.loss(y, desired))


def around_the_recurrent_layer(model):
    """A model's recurrent layer, a model of what lies before it, and one of what lies above.

    Raises:
        InputError: it has none or several, or one that puts out every step.
    """
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.RNN)]
    if len(found) != 1 or found[0].return_sequences:
        raise InputError(
            f"The network {model.name} has {len(found)} recurrent layers: expected one, of which "
            "the output after the last step goes on."
        )
    (layer,) = found
    return layer, keras.Model(model.input, layer.input), keras.Model(layer.output, model.output)


def fresh(lab):
    """A lab's model before any training."""
    keras.utils.set_random_seed(0)
    x = keras.Input((lab.task.images.numbers,))
    return keras.Model(x, lab.network(x), name=lab.name)


def draw(found):
    """The figure: the norm against the step, logarithmic, a line a network.

    Args:
        found: {name: norms (steps,)}.
    """
    figure, (axes,) = plots.figure()
    figure.set_size_inches(9, 5)
    for i, (name, each) in enumerate(found.items()):
        axes.semilogy(
            np.arange(1, len(each) + 1), each, label=name, linewidth=2.2, **charts.style(i)
        )
    axes.set_xlabel("step", size=charts.SIZE)
    axes.set_ylabel("norm of the gradient by the state", size=charts.SIZE)
    axes.tick_params(labelsize=charts.SIZE - 1)
    axes.legend(fontsize=charts.SIZE - 1, frameon=False)
    return figure


def table(found):
    """Yields lines: the norm after the last step and after the first, and the factor a step."""
    header = ("network", "after the last step", "after the first", "factor a step")
    rows = [
        [name, f"{each[-1]:.2g}", f"{each[0]:.2g}", f"{factor(each):.3f}"]
        for name, each in found.items()
    ]
    yield from tables.aligned(header, rows, left=1)


def factor(each):
    """The factor by which norms change at each step back, as long as any is left: a mean."""
    first = int(np.argmax(each > 0))
    return float((each[first] / each[-1]) ** (1 / (len(each) - 1 - first)))


def main(arguments=None):
    parser = Parser("python -m labs.sequences.back_through_time", __doc__)
    parser.add_argument(
        "runs", nargs="*", metavar="RUN",
        help=f"trained networks (default: untrained ones, {', '.join(FRESH)})",
    )  # fmt: skip
    parser.add_argument("--databases", metavar="DIR", help="of the data (default: DataBases)")
    parser.add_argument(
        "--out", default="logs", metavar="DIR",
        help="folder of back_through_time.png (default: logs)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        found = dict(of_runs(options) if options.runs else of_fresh(options))
        for line in table(found):
            print(line)
        picture = Path(options.out, "back_through_time.png")
        picture.parent.mkdir(parents=True, exist_ok=True)
        plots.save(draw(found), picture)
        print(f"{picture}: written")


def of_fresh(options):
    """Yields the name and the norms of each network of the study that reads 200 steps."""
    for name in FRESH:
        lab = adding.study.variants[name]
        dataset = data_sets.open_one(lab.task, options.databases or "DataBases", lab.test)
        yield name, norms_in(fresh(lab), lab, dataset)


def of_runs(options):
    """Yields the name and the norms of each run's network."""
    from labs.analysis.trained import restored

    for folder in options.runs:
        run = runs.existing(folder)
        lab = catalogue.lab_of(run)
        model = restored(lab, run, precision="float32").model
        asked = run.config["options"]
        dataset = data_sets.open_one(
            lab.task, options.databases or asked["databases"], asked["test"]
        )
        yield f"{lab.name}/{run.path.name}", norms_in(model, lab, dataset)


if __name__ == "__main__":
    main()
