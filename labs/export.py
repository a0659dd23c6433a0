"""export: a trained run's network as one file or folder that works without this project.

    python -m labs.export logs/nn4/1 --to model.keras
    python -m labs.export logs/nn4/1 --to saved_model/
    python -m labs.export logs/nn4/1 --to model.tflite

What comes out takes `images`, bytes such as nn4's (n, height, width), and gives the answers of the
lab's task: nn4's are the probabilities under the names of their classes. It is loaded again and
compared with the network before it is put in its place.
"""

import contextlib
import glob
import os
import re
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dsutil import InputError
from dsutil.errors import exit_with_sentence
from dsutil.photos.photo import printable
from labs import catalogue, runs
from labs.training import options

MOST_STEPS = 200  # of a sequence in a TFLite file, which has a copy of the layer for each step


def parse(arguments):
    parser = options.Parser("python -m labs.export", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--to",
        required=True,
        metavar="PATH",
        help="a name that ends in .keras or .tflite, or the name of a folder for a SavedModel; a "
        "model of that kind that is there is replaced",
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Exports as `arguments` (`sys.argv` if None) say; returns the exit code."""
    try:
        with exit_with_sentence():
            export(parse(arguments))
    except SystemExit as exit_:
        return exit_.code
    return 0


def export(given):
    """Writes the model that was asked for, compares it, and puts it in its place."""
    kind, path = kind_of(given.to), Path(given.to)
    check_place(path, kind)
    run = runs.existing(given.run)
    lab = catalogue.lab_of(run)

    from labs.analysis.trained import restored

    trained = restored(lab, run, given.checkpoint, precision="float32")
    with room_to_write() as room:
        written = room / f"model{kind.suffix}"
        try:
            write_and_compare(trained, kind, written)
        except InputError as error:
            raise InputError(f"{printable(path)} is not written. {error}") from error
        put_in_place(written, path)
    print(
        f"{printable(path)}: {kind.name} of {printable(trained.checkpoint)} ({lab.name} after "
        f"{trained.iterations} iterations, {trained.parameters:,} parameters): images "
        f"(n, {', '.join(map(str, lab.task.images.shape))}) uint8 -> {lab.task.outputs_told()}"
    )
    if kind is SAVED_MODEL and not tensorflow_finds(path):
        print(
            f"warning: TensorFlow takes {printable(path)} for a pattern and loads no SavedModel "
            "from there: move it to a path without brackets and backslashes first.",
            file=sys.stderr,
        )


def write_and_compare(trained, kind, path):
    """Writes the model to `path` and sees to it that it answers as the network does.

    Raises:
        InputError: it does not, or the network has something that such a model cannot have.
    """
    from labs.analysis import agreement, portable
    from labs.machines import quiet

    with quiet.held_back_stderr(), told_in_a_sentence(kind), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's and TFLite's about themselves
        whole = portable.is_float32(trained.model)
        task = trained.lab.task
        reference = agreement.Reference(
            lambda x: task.outputs(trained.answer(trained.outputs(x))),
            task,
            agreement.OF_32_BITS if whole else agreement.OF_16_BITS,
        )
        network = portable.network(trained.model)
        if not whole:
            reference = reference.refined(
                lambda x: task.outputs(trained.answer(trained.outputs_of(network, x))),
                "The network computed in float32",
                "A layer of your own in 16 bits may not say in its get_config all that it is.",
            )
        flip = trained.lab.test_time_flip
        kind.write(from_bytes(network, task, trained.answer, flip), path)
        reference.check(kind.load(str(path)), f"The {kind.name}", f"{kind.doubt} {kind.instead}")


def from_bytes(network, task, answer, flip=False):
    """A `keras.Model` from bytes (n, *shape of an image) to the outputs of a task, by name.

    Args:
        network: from images (n, numbers) in [-0.5, 0.5) to what the task expects; a `keras.Model`.
        task: the lab's.
        answer: from that to answers, in Keras's operations.
        flip: whether to answer by the mean of the outputs for an image and its mirror image.
    """
    import keras

    images = keras.Input(task.images.shape, dtype="uint8", name="images")
    x = keras.layers.Rescaling(1 / 256, offset=-1 / 2)(images)  # (byte - 128) / 256, exactly
    flat = keras.layers.Reshape((task.images.numbers,))
    y = network(flat(x))
    if flip:
        y = keras.layers.Average()([y, network(flat(keras.ops.flip(x, axis=2)))])
    return keras.Model(images, task.outputs(answer(y)), name="network")


@contextlib.contextmanager
def told_in_a_sentence(kind):
    """Turns what Keras and TensorFlow raise, of a network that they cannot write, into a sentence.

    A full disk is an OSError and says so itself.
    """
    try:
        yield
    except (InputError, OSError):
        raise
    except Exception as error:  # whatever a layer of a lab's own may raise
        raise InputError(
            f"The network cannot be written as a {kind.name}: {reason(error)}. {kind.instead}"
        ) from error


def reason(error):
    """What went wrong, of all that Keras, autograph or TFLite's converter says about it."""
    text = re.split(r"\n\s*Arguments received by", re.sub(r"\x1b\[\d*m", "", str(error)))[0]
    if operations := sorted(set(re.findall(r"'tf\.(\w+)' op", text))):
        return f"it has no operation {' and no '.join(operations)} for what the network does"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:200].rstrip('.')}" if lines else repr(error)


# --------------------------------------------------------------------------------------- the kinds


def write_keras(model, path):
    """A file for `keras.saving.load_model`, in its safe mode.

    Raises:
        InputError: the network has something that is not Keras's own, so the file could not be
            loaded where that is not known.
    """
    from labs.analysis import portable

    for part in portable.foreign_parts(model):
        raise InputError(
            f"The network has {part}, which is not Keras's own, so no other program could load "
            "the .keras file: export a SavedModel or a .tflite file."
        )
    model.save(path)


def load_keras(path):
    import keras

    model = keras.saving.load_model(path)
    return lambda images: model.predict(images, verbose=0)


def write_saved_model(model, path):
    """A folder for `tf.saved_model.load` and TensorFlow Serving: `serve` and `serving_default`."""
    import keras
    import tensorflow as tf

    images = tf.TensorSpec(model.input_shape, tf.uint8, "images")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda images: model(images, training=False), [images])
    archive.write_out(str(path), verbose=False)


def load_saved_model(path):
    import tensorflow as tf

    model = tf.saved_model.load(path)
    if calls_python(model.signatures["serving_default"].graph.as_graph_def()):
        raise InputError(  # it answers here, where that function is, and nowhere else
            "The network calls a Python function (by tf.numpy_function or tf.py_function), which "
            "no other program has: write it with operations of Keras or TensorFlow."
        )
    return lambda images: model.serve(images)


def calls_python(graph):
    """Whether a graph, or a function in it, calls back into the Python that made it."""
    nodes = [*graph.node, *(node for part in graph.library.function for node in part.node_def)]
    return any(node.op in ("PyFunc", "PyFuncStateless", "EagerPyFunc") for node in nodes)


def write_tflite(model, path):
    """A file for the interpreter of TFLite or LiteRT, with the signature `serving_default`."""
    import tensorflow as tf

    from labs.analysis import portable

    model = portable.padded_by_hand(model)
    with room_to_write() as folder, portable.unrolled(model, MOST_STEPS):
        write_saved_model(model, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(folder), signature_keys=["serving_default"]
        )
        path.write_bytes(converter.convert())


def load_tflite(path):
    import tensorflow as tf

    model = tf.lite.Interpreter(path).get_signature_runner("serving_default")
    return lambda images: model(images=images)


def is_keras(path):
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as file:
        return "model.weights.h5" in file.namelist()


def is_saved_model(path):
    own = {"saved_model.pb", "fingerprint.pb", "variables", "assets"}
    inside = {part.name for part in path.iterdir()} if path.is_dir() else {"no folder"}
    return inside <= own and ("saved_model.pb" in inside or not inside)


def is_tflite(path):
    return path.is_file() and path.read_bytes()[4:8] == b"TFL3"


class Kind(NamedTuple):
    """A kind of model: how it is called, written, loaded, and told from anything else.

    `load` returns the function from bytes (n, *shape of an image) to the outputs by name, loaded as
    the README says. `doubt` is what the reason may be if that is not what the network answers, and
    `instead` what to do then.
    """

    name: str
    suffix: str
    write: Callable
    load: Callable
    is_one: Callable
    doubt: str
    instead: str


KERAS = Kind(
    "Keras file",
    ".keras",
    write_keras,
    load_keras,
    is_keras,
    doubt="A layer may not keep in its config or its weights all that it computes with.",
    instead="Export a SavedModel or a .tflite file.",
)
SAVED_MODEL = Kind(
    "SavedModel",
    "",
    write_saved_model,
    load_saved_model,
    is_saved_model,
    doubt="A layer of your own may compute with Python values that change from call to call.",
    instead="Look at the layers that you wrote yourself.",
)
TFLITE = Kind(
    "TFLite file",
    ".tflite",
    write_tflite,
    load_tflite,
    is_tflite,
    doubt='TFLite computes some layers wrongly, such as a convolution with padding "same" whose '
    "stride is larger than its kernel, where it lies inside another layer "
    "(google-ai-edge/LiteRT#4847).",
    instead="Export a SavedModel or a .keras file.",
)
KINDS = {kind.suffix: kind for kind in (KERAS, TFLITE, SAVED_MODEL)}


# --------------------------------------------------------------------------------------- the place


def kind_of(text):
    """The kind of model that a path asks for."""
    suffix = "" if text.endswith(("/", os.sep)) else Path(text).suffix
    if suffix not in KINDS:
        raise InputError(
            f"--to {text}: expected a name that ends in .keras or .tflite, or a folder's, with a / "
            "at its end."
        )
    return KINDS[suffix]


def check_place(path, kind):
    """Refuses to replace what is not a model of that kind."""
    if path.exists() and not kind.is_one(path):
        raise InputError(f"{path} is there and is no {kind.name}: give --to another name.")


@contextlib.contextmanager
def room_to_write():
    """A new folder for a while, below a path that TensorFlow takes for no pattern."""
    place = tempfile.gettempdir()
    if glob.escape(place) != place or "\\" in place:
        raise InputError(
            f"TensorFlow takes the folder for temporary files, {place}, for a pattern: set TMPDIR "
            "to one without brackets, stars, question marks and backslashes."
        )
    with tempfile.TemporaryDirectory(dir=place) as room:
        yield Path(room)


def put_in_place(written, path):
    """Moves what was written to `path`; what is there gives way only then."""
    with made(path.parent), tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as room:
        new, old = Path(room, path.name), Path(room, "replaced")
        shutil.move(written, new)  # which copies it from another file system
        if path.exists():
            os.replace(path, old)
        try:
            os.replace(new, path)
        except BaseException:
            if old.exists():
                os.replace(old, path)
            raise


@contextlib.contextmanager
def made(folder):
    """Makes a folder, and those that it lies in; those that are new are gone again on an error."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def tensorflow_finds(path):
    """Whether TensorFlow would find the variables of a SavedModel at `path`."""
    import tensorflow as tf

    return bool(tf.io.gfile.glob([os.fsencode(path / "variables/variables.index")]))


if __name__ == "__main__":
    sys.exit(main())
