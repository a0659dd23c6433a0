"""export: a trained run's network as one file or folder that works without this project.

    python -m labs.export logs/nn4/1 --to model.keras
    python -m labs.export logs/nn4/1 --to saved_model/
    python -m labs.export logs/nn4/1 --to model.tflite

What comes out takes `images`, bytes (n, 48, 48), and gives the probabilities under the names of
their classes: `man` (n,) and `woman` (n,).
"""

import contextlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dsutil import CLASSES, PIXELS, SIDE, InputError
from dsutil.errors import exit_with_sentence
from labs import catalogue
from labs.training import options, runs


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
    chosen = parse(arguments)
    with exit_with_sentence():
        kind, path = kind_of(chosen.to), Path(chosen.to)
        check_place(path, kind)
        run = runs.existing(chosen.run)
        lab = catalogue.lab_of(run)

        from labs.analysis.trained import Trained
        from labs.training import quiet

        trained = Trained(lab, run, chosen.checkpoint, precision="float32")
        model = from_bytes(trained)
        path.parent.mkdir(parents=True, exist_ok=True)
        with put_in_place(path) as beside, quiet.held_back_stderr():
            kind.write(model, beside)
        print(
            f"{path}: {kind.name} of {trained.checkpoint} ({lab.name} after {trained.iterations} "
            f"iterations, {trained.parameters:,} parameters): images (n, {SIDE}, {SIDE}) uint8 -> "
            f"probabilities {', '.join(CLASSES)} (n,)"
        )
    return 0


def from_bytes(trained):
    """A `keras.Model` of Keras's own layers, from bytes (n, 48, 48) to each class's probability."""
    import keras

    import layers as Layers

    def plain(layer):
        return layer.as_keras() if isinstance(layer, Layers.BatchNormalizer) else layer

    network = keras.models.clone_model(trained.model, clone_function=plain, recursive=True)
    images = keras.Input((SIDE, SIDE), dtype="uint8", name="images")
    x = keras.layers.Rescaling(1 / 256, offset=-1 / 2)(images)  # (byte - 128) / 256, exactly
    scores = network(keras.layers.Reshape((PIXELS,))(x))
    probabilities = trained.probabilities(scores)
    outputs = {name: probabilities[:, i] for i, name in enumerate(CLASSES)}
    return keras.Model(images, outputs, name="gender")


# --------------------------------------------------------------------------------------- the kinds


def write_keras(model, path):
    """A file for `keras.saving.load_model`, in its safe mode.

    Raises:
        InputError: the network has something that is not Keras's own, so the file could not be
            loaded where that is not known.
    """
    for part in foreign(model.get_config()):
        raise InputError(
            f"The network has {part}, which is not Keras's own, so no other program could load "
            "the .keras file: export a SavedModel or a .tflite file."
        )
    model.save(path)


def foreign(config):
    """Yields what a model's config names that a Keras without this project would not load."""
    if isinstance(config, dict):
        name, module = config.get("class_name", "__none__"), config.get("module") or ""
        keras_s_own = f"{module}.".startswith("keras.") and name != "Lambda"
        if not keras_s_own and (not name.startswith("__") or name == "__lambda__"):
            yield f"the function {config['config']}" if name == "function" else f"a {name}"
        config = list(config.values())
    if isinstance(config, list | tuple):
        for part in config:
            yield from foreign(part)


def write_saved_model(model, path):
    """A folder for `tf.saved_model.load` and TensorFlow Serving: `serve` and `serving_default`."""
    import keras
    import tensorflow as tf

    images = tf.TensorSpec((None, SIDE, SIDE), tf.uint8, "images")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda images: model(images, training=False), [images])
    archive.write_out(str(path), verbose=False)


def write_tflite(model, path):
    """A file for the interpreter of TFLite or LiteRT, with the signature `serving_default`."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(model, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=["serving_default"]
        )
        path.write_bytes(converter.convert())


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
    """A kind of model: how it is called, written, and told from anything else."""

    name: str
    write: Callable
    is_one: Callable


KINDS = {
    ".keras": Kind("Keras file", write_keras, is_keras),
    ".tflite": Kind("TFLite file", write_tflite, is_tflite),
    "": Kind("SavedModel", write_saved_model, is_saved_model),
}


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
def put_in_place(path):
    """A path to write to, renamed to `path` at the end; what is there gives way only then."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as room:
        new, old = Path(room, path.name), Path(room, "replaced")
        yield new
        if path.exists():
            os.replace(path, old)
        try:
            os.replace(new, path)
        except BaseException:
            if old.exists():
                os.replace(old, path)
            raise


if __name__ == "__main__":
    sys.exit(main())
