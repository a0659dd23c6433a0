"""codes: what a penalty makes of a code, where copying would do.

The same 256 units on the same patches, without a penalty, with the sparse one and with the
contractive one; and 32 units, fewer than there is to say. How active are they, how far does the
code move when the picture changes a little, what do they make of noise, and do their kernels show
anything?

    python -m labs.autoencoders.codes
"""

import dataclasses
import functools

import numpy as np

from dsutil import pictures
from dsutil.dataset import normalized
from dsutil.drawn import faces
from labs import runs
from labs.analysis import plots, trained
from labs.analysis.measures import Measure
from labs.analysis.study import Study
from labs.autoencoders import contractive, overcomplete, sparse

FACES = 200  # drawn, of the test sets' stream, on which codes are looked at
CHANGE = 0.05  # standard deviation of a small change of the pixels, black to white being 1
SHOWN = 64  # kernels of each variant


@dataclasses.dataclass(frozen=True)
class Code:
    """What is known of a trained code.

    Attributes:
        kernels: (units, side, side).
        active: the mean activation of the units.
        jacobian: the Frobenius norm of the Jacobian, the mean over the faces.
        moves: how far a small change of the picture moves the code, as a share of how far two
            faces' codes are apart.
        error_on_noise: of pictures each of whose pixels is drawn by itself.
    """

    kernels: np.ndarray
    active: float
    jacobian: float
    moves: float
    error_on_noise: float

    @property
    def smoothness(self):
        """How alike neighbouring weights are: their correlation, 0 in a kernel of noise."""
        right = self.kernels[:, :, :-1].ravel(), self.kernels[:, :, 1:].ravel()
        below = self.kernels[:, :-1].ravel(), self.kernels[:, 1:].ravel()
        return float(np.mean([np.corrcoef(*pair)[0, 1] for pair in (right, below)]))


@functools.cache
def code_of(lab, path):
    """The `Code` that a run has learned."""
    import keras

    from layers.contractive import squared_norm

    model = trained.restored(lab, runs.existing(path), precision="float32").model
    layer = model.get_layer("code")
    encoder = keras.Model(model.input, layer.output)
    random = np.random.default_rng(0)
    x = normalized(faces.draw(0, FACES, stream="test")[0])
    noise = random.uniform(-0.5, 0.5, x.shape).astype(np.float32)
    h = np.asarray(encoder(x))
    moved = np.asarray(encoder(x + random.normal(0, CHANGE, x.shape).astype(np.float32)))
    return Code(
        kernels=np.asarray(layer.kernel).T.reshape(-1, overcomplete.PATCH, overcomplete.PATCH),
        active=float(h.mean()),
        jacobian=float(np.sqrt(squared_norm(h, layer.kernel)).mean()),
        moves=float(distance(h, moved) / distance(h, np.roll(h, 1, axis=0))),
        error_on_noise=float(np.mean(np.square(np.asarray(model(noise)) - noise))),
    )


def distance(a, b):
    """The root of the mean squared distance between codes, (n, ...) each."""
    return np.sqrt(np.mean(np.square(a - b)))


def measure(name, of, form, lower_is_better):
    """A `Measure` of what is known of a run's code."""
    return Measure(name, lambda o: of(code_of(o.lab, o.path)), lower_is_better, form)


MOVES = measure("how far the code moves", lambda code: code.moves, ".4f", True)


def draw(study, found):
    """The figure: kernels of the first run of each variant, each in shades of its own."""
    figure, panels = plots.figure(panels=len(found))
    figure.set_size_inches(3.1 * len(found), 3.4)
    for axes, (name, (first, *_)) in zip(panels, found.items(), strict=True):
        axes.axis("off")
        axes.set_title(name, size=14)
        if first.diverged_at is None:
            axes.imshow(tiles(code_of(first.lab, first.path).kernels), "gray", vmin=0, vmax=255)
    return figure


def tiles(kernels):
    """Kernels side by side, those with the largest weights, each in shades of its own."""
    largest = np.argsort(-np.linalg.norm(kernels, axis=(1, 2)), kind="stable")[:SHOWN]
    chosen = kernels[largest]
    scaled = chosen / np.abs(chosen).max(axis=(1, 2), keepdims=True)
    levels = np.rint(127.5 + 127.5 * scaled).astype(np.uint8)
    return pictures.tiled(levels, round(len(levels) ** 0.5), gap=2)


study = Study(
    name="codes",
    about=__doc__,
    variants={
        "bottleneck": dataclasses.replace(
            overcomplete.lab, network=functools.partial(overcomplete.network, units=32)
        ),
        "overcomplete": overcomplete.lab,
        "sparse": sparse.lab,
        "contractive": contractive.lab,
    },
    measure=MOVES,
    extra=(
        measure("mean activation", lambda code: code.active, ".3f", None),
        measure("norm of the Jacobian", lambda code: code.jacobian, ".3f", True),
        measure("error on noise", lambda code: code.error_on_noise, ".4f", None),
        measure("neighbouring weights alike", lambda code: code.smoothness, ".2f", False),
    ),
    draw=draw,
    claims=(("contractive", "overcomplete"), ("sparse", "overcomplete")),
)

if __name__ == "__main__":
    study.main()
