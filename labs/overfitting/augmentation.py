"""augmentation: pictures that look a little different each time stand for more pictures.

Each kind of change of the slide alone, and most of them together, in the chapter's network.

    python -m labs.overfitting.augmentation
"""

import dataclasses
import functools

import layers as Layers
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.overfitting.small_net import lab, network, unchanged

KINDS = {
    "flip": lambda t: Layers.random_flip(t),
    "shift": lambda t: Layers.random_shift(t, 0.08),
    "rotation": lambda t: Layers.random_rotation(t, 15),
    "zoom": lambda t: Layers.random_zoom(t, 0.15),
    "crop": lambda t: Layers.random_crop(t, 0.15),
    "contrast": lambda t: Layers.random_contrast(t, 0.4),
    "brightness": lambda t: Layers.random_brightness(t, 0.2),
    "blur": lambda t: Layers.random_blur(t, 1.0),
    "noise": lambda t: Layers.random_noise(t, 0.1),
    "erasing": lambda t: Layers.random_erasing(t, 0.2),
}


def everything(t):
    """All kinds but the blur and the crop, which zoom and shift have; one resampling for four."""
    t = Layers.random_affine(t, shift=0.08, degrees=15, zoom=0.15, flip=True)
    for kind in ("contrast", "brightness", "noise", "erasing"):
        t = KINDS[kind](t)
    return t


study = Study(
    name="augmentation",
    about=__doc__,
    variants={
        name: dataclasses.replace(lab, network=functools.partial(network, augmented=kind))
        for name, kind in {"none": unchanged, **KINDS, "all": everything}.items()
    },
    extra=(measures.GAP,),
    draw=charts.bars(),
    claims=(("all", "none"), *((name, "none") for name in KINDS)),
)

if __name__ == "__main__":
    study.main()
