"""The page itself: one HTML file that holds all it shows."""

import base64
import hashlib
import json
import math
from importlib import resources
from string import Template

from dsutil import InputError
from labs.analysis import results
from labs.analysis.page import faces, facts
from labs.analysis.page.markup import Markup, element, joined, table

PROGRAMS = ("forward.js", "elements.js", "maps.js", "explanation.js", "board.js", "page.js")
MOST_PARAMETERS = 2_000_000  # of a network at work: beyond, the page would be of many MB


def of_run(lab, run, checkpoint, folder, command):
    """The page of a run, as text. What is missing is said in its place.

    Args:
        lab: the `Lab` that the run is one of.
        run: the `labs.runs.Run`.
        checkpoint: its name, "best", or None for the newest.
        folder: of the data sets; the run's own if None.
        command: what made the page.

    Raises:
        InputError: the run's files are damaged, or a checkpoint that was named cannot be used.
    """
    result = results.read(run.path)
    if not result.finished:
        result = results.so_far(result)
    trained, untrained = _restored(lab, run, checkpoint)
    dataset, lacking = _test_set(lab.task, result, folder)
    missing = untrained or lacking
    evaluation = None
    if not missing:
        evaluation, missing = _or_sentence(lambda: trained.evaluate(dataset))
    # What builds other networks of the trained one's layers comes last.
    network, scripts = _network(lab, trained, dataset, untrained)
    title = joined([f"{lab.name}, run {run.path.name}"])
    style = _file("page.css")
    programs = [_file(name) for name in PROGRAMS] if scripts else []
    return Template(_file("page.html")).substitute(
        policy=_policy(style, programs),
        style=style,
        title=title,
        kicker=title,
        heading=joined([_heading(lab)]),
        lead=joined([lab.task.question]),
        tiles=facts.tiles(result, lab.task),
        network=network,
        curves=facts.curves(result, lab),
        answers=_answers(lab.task, result, evaluation) if evaluation else _missing(missing),
        worst=faces.worst(trained, dataset, evaluation) if evaluation else _missing(missing),
        run=facts.run(result, lab, run.config, trained and _told(trained)),
        command=joined([command]),
        scripts=joined([*scripts, *map(_program, programs)]),
    )


def _heading(lab):
    """The first line of what a lab says of itself, without its name."""
    about = (lab.about or lab.name).strip().partition("\n")[0].removeprefix(f"{lab.name}: ")
    return about[:1].upper() + about[1:].removesuffix(".")


def _or_sentence(work):
    """What `work()` returns, and None; or None, and the sentence of what cannot be done."""
    try:
        return work(), None
    except (InputError, FileNotFoundError) as error:
        return None, str(error)


def _restored(lab, run, checkpoint):
    from labs.analysis.trained import restored

    if checkpoint:  # one that was asked for is there, or the user is told
        return restored(lab, run, checkpoint, precision="float32"), None
    return _or_sentence(lambda: restored(lab, run, precision="float32"))


def _test_set(task, result, folder):
    """The run's test set, and None; or None, and why it is not there."""
    from labs.training import data_sets

    folder, name = folder or result.options.get("databases"), result.options.get("test")
    if not isinstance(folder, str) or not isinstance(name, str):
        return None, "The run's config.json does not say which data set it was tested on."
    dataset, lacking = _or_sentence(lambda: data_sets.open_one(task, folder, name))
    if lacking:
        return None, lacking
    known = result.data["test"]["sha256"]
    if data_sets.digests(dataset.columns, dataset.paths) != known:
        return None, (
            f"{dataset.paths[0]} and what belongs to it are not the files that the run was tested "
            "on: name the folder of those with --databases."
        )
    return dataset, None


def _answers(task, result, evaluation):
    """What the task tells of the answers on the test set."""
    caption, header, rows = task.table(evaluation.measured, evaluation.truths)
    headline, count = task.headline, len(evaluation.losses)
    told = (
        f"On the {count:,} images of the test set {result.options['test']}: "
        f"{headline.name} {headline.told(evaluation.headline)}."
    )
    return element("div", element("p", told), table(caption, header, rows), class_="panel")


def _missing(sentence):
    return element("p", sentence, class_="missing")


def _told(trained):
    return f"{trained.checkpoint}, after {trained.iterations:,} iterations"


# ----------------------------------------------------------------------------- the network at work


def _network(lab, trained, dataset, untrained):
    """The part of the page with the network at work, and the data of its scripts; [] for none."""
    if untrained:
        return _missing(untrained), []
    found, reason = _or_sentence(lambda: _translated(trained))
    if reason:
        return _missing(reason), []
    from labs.analysis.page.packed import packed

    names, made = lab.task.named_outputs(lab.loss)
    flip = (
        " What it answers is the mean of its outputs for the image and for its mirror image, as in "
        "the run's evaluations; the layers show the image."
    )
    given = {
        "layers": found.layers,
        "output": found.output,
        "image": lab.task.images.shape,
        "faces": faces.to_choose(lab.task, dataset),
        "names": names,
        "made": made,
        "flips": lab.test_time_flip,
    }
    text = Template(_file("network.html")).substitute(flip=flip if lab.test_time_flip else "")
    scripts = [
        _data("given", "application/json", _json(given)),
        _data("weights", "text/plain", packed(found.weights)),
    ]
    return Markup(text), scripts


def _translated(trained):
    from labs.analysis import portable
    from labs.analysis.page import alive

    if trained.parameters > MOST_PARAMETERS:
        raise InputError(
            f"The network has {trained.parameters:,} parameters; a page shows one at work that has "
            f"{MOST_PARAMETERS:,} at most."
        )
    return alive.translated(portable.network(trained.model))


def _json(value):
    """JSON in which no tag can begin or end."""
    text = json.dumps(
        _without_nan(value), ensure_ascii=True, separators=(",", ":"), allow_nan=False
    )
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _without_nan(value):
    """The same without the numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _program(text):
    return Markup(f"<script>{text}</script>")


def _data(name, kind, text):
    return Markup(f'<script id="{name}" type="{kind}">{text}</script>')


# ------------------------------------------------------------------------------------- the files


def _file(name):
    return resources.files("labs.analysis.page").joinpath(name).read_text(encoding="utf-8")


def _policy(style, programs):
    """What the browser lets the page do: run these programs, and load nothing."""
    hashes = " ".join(map(_hash, programs)) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {hashes}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text):
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
