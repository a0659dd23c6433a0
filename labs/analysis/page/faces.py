"""Images of the test set: those that the network at work can be given, and the worst answered."""

import base64

import numpy as np

from dsutil.pictures import enlarged
from labs.analysis.page.markup import element, picture, png
from labs.tasks.task import by_image

CHOSEN = 12
WORST = 12
SIDE = 144  # pixels of a picture among the worst
BLANK = 128  # the grey that a network sees as 0


def to_choose(task, dataset=None):
    """What the page shows of some images, and of an empty one; of the latter alone without data.

    Returns:
        dicts with `name`, `truth` (in words, or None), `picture` (a PNG as an address) and
        `pixels` (the bytes as Base64).
    """
    shape = task.images.shape
    chosen = []
    if dataset:
        rows = np.asarray(task.some(dataset.truths, dataset.count, CHOSEN))
        images, truths = _taken(task, dataset, rows)
        captions = [task.truth_told(truth) for truth in truths]
        chosen = list(zip([f"row {row}" for row in rows], captions, images, strict=True))
    chosen.append(("an empty image", None, np.full(shape, BLANK, np.uint8)))
    return [
        {
            "name": f"{name}, {truth}" if truth else name,
            "truth": truth,
            "picture": png(image),
            "pixels": base64.b64encode(image.tobytes()).decode(),
        }
        for name, truth, image in chosen
    ]


def worst(trained, dataset, evaluation):
    """A gallery of those that the network answers worst, each with its truth and the answer."""
    task = trained.lab.task
    rows = np.asarray(task.worst(evaluation.measured, WORST), np.int64)
    if not len(rows):
        return element("p", "It gets none of the test set wrong.")
    images, truths = _taken(task, dataset, rows)
    answers = trained.answers(dataset.take(rows))
    shown = [_shown(task, *one) for one in zip(rows, images, answers, truths, strict=True)]
    return element("ul", *shown, class_="gallery")


def _taken(task, dataset, rows):
    images = dataset.take(rows).reshape(-1, *task.images.shape)
    return images, by_image(dataset.take_truths(rows), len(rows))


def _shown(task, row, image, answer, truth):
    said = task.caption(image, answer, truth)
    (large,) = enlarged(task.picture(image, answer, truth)[None], SIDE)
    words = f"answered {said.answer}" if said.truth else said.answer
    told = [element("span", f"row {row}", class_="row")]
    if said.truth:
        told.append(element("span", f"is {said.truth}, "))
    told.append(element("span", words, class_="is-wrong" if said.wrong else None))
    truth_told = f", is {said.truth}" if said.truth else ""
    return element(
        "li",
        picture(large, f"Row {row} of the test set{truth_told}, {words}"),
        element("p", *told),
    )
