"""What a run is: what was asked, how, on which data, and what it reached."""

import dataclasses

from dsutil.columns import Images
from labs.analysis.page import lines
from labs.analysis.page.markup import element, joined
from labs.analysis.results import read_curves
from labs.runs.validation import USE as VALIDATION
from labs.training.options import Options

USES = ("train", VALIDATION, "test")


def tiles(result, task):
    """The numbers at the top of the page."""
    named = [
        (f"{task.headline.name}, {use}", reached) for use, reached in headlines(result).items()
    ]
    shown = [(name, task.headline.told(value)) for name, value in named]
    shown += [("parameters", f"{result.parameters:,}"), ("iterations", f"{result.iterations:,}")]
    if result.seconds is not None:
        shown.append(("time", duration(result.seconds)))
    pairs = [element("div", element("dt", name), element("dd", text)) for name, text in shown]
    return element("dl", *pairs, class_="tiles")


def headlines(result):
    """The last ones that are known, {use: float}."""
    name = result.headline.name
    curve = read_curves(result.path, [VALIDATION])[VALIDATION].get(name, {})
    known = result.reached | ({VALIDATION: list(curve.values())[-1]} if curve else {})
    return {use: known[use] for use in USES if known.get(use) is not None}


def duration(seconds):
    """A time as people say it.

    >>> duration(23.5), duration(372), duration(7300)
    ('24 s', '6 min 12 s', '2 h 2 min')
    """
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def curves(result, lab):
    """Figures of the headline and of the loss; a sentence where the run has written none."""
    headline, found = result.headline, read_curves(result.path, USES)
    names = {"train": "train set", VALIDATION: "validation set", "test": "test set"}

    def whole(tag):
        return {(names[use], use): found[use][tag] for use in USES if found[use].get(tag)}

    loss = whole("loss")
    if batches := found["train"].get("batch/loss"):
        # What is summed over a batch is shown for an image of it, as the other losses are.
        size = result.options["batch_size"] if lab.reduction == "sum" else 1
        each = {step: value / size for step, value in batches.items()}
        loss = {("each batch", "batch"): each} | loss
    unit = f", {headline.unit}" if headline.unit else ""
    figures = [
        lines.figure(title, of, told)
        for title, of, told in (
            (f"{headline.name}{unit}", whole(headline.name), headline.told),
            ("loss of an image", loss, "{:.4g}".format),
        )
        if of
    ]
    if not figures:
        return element("p", "The run has written no curves yet.", class_="missing")
    return element("div", *figures, class_="figures")


def run(result, lab, config, checkpoint):
    """A list of all that is known of a run.

    Args:
        checkpoint: a sentence about the one whose answers are shown; None where there is none.
    """
    options = changed(result, lab)
    iterations = f"{result.iterations:,} iterations are done"
    versions = [f"{name} {version}" for name, version in config.get("versions", {}).items()]
    commands = [
        f"from iteration {at}: {text}" if at else text for at, text in config.get("commands", [])
    ]
    pairs = {
        "folder": result.path,
        "lab": lab.name,
        "question": lab.task.question,
        "commands": _list(commands),
        "options other than the lab's": _list(options) if options else "none",
        **{f"{use} set": data(result, use) for use in result.data},
        "parameters": f"{result.parameters:,}",
        "precision": f"trained in {config['precision']}; this page computes in float32",
        "checkpoint": checkpoint,
        "best": best(result),
        "state": "finished" if result.finished else f"not finished: {iterations}",
        "versions": ", ".join(versions),
    }
    rows = [
        joined([element("dt", name), element("dd", what)]) for name, what in pairs.items() if what
    ]
    about = element(
        "details",
        element("summary", "What the lab says of itself"),
        element("pre", (lab.about or "").strip()),
    )
    listed = element("dl", *rows, class_="facts")
    return element("div", listed, *([about] if lab.about else []), class_="panel")


def _list(texts):
    return element("ul", *(element("li", element("code", text)) for text in texts))


def changed(result, lab):
    """What the run's options are where they are not the lab's own: `--seed 1 (0)`."""
    own = dataclasses.asdict(Options.of_lab(lab))
    return [
        f"--{name.replace('_', '-')} {value} (the lab's: {own[name] or 'none'})"
        for name, value in result.options.items()
        if name in own and value != own[name]
    ]


def data(result, use):
    """A data set's name, size and digests."""
    known = result.data[use]
    name = result.options.get(use) or f"held out of {result.options['train']}"
    shown = Images(name=next(iter(known["sha256"]))).what
    kind = f"drawn {shown}" if known.get("drawn") else "images"
    digests = ", ".join(f"{column} {digest[:12]}…" for column, digest in known["sha256"].items())
    return f"{name}: {known['count']:,} {kind}; SHA-256 of {digests}"


def best(result):
    """At which step the run was best, by its validation set."""
    if not result.best:
        return None
    told, step = result.headline.told, result.best["step"]
    there = ", ".join(f"{use} {told(v)}" for use, v in result.best.items() if use != "step")
    return f"by the validation set after {step:,} iterations: {result.headline.name} {there}"
