"""What is asked of a network: the only place that knows what a target is."""

from labs.tasks.anchors import Anchors
from labs.tasks.boxes import Boxes
from labs.tasks.classification import BY_GENDER, Classification
from labs.tasks.denoising import Denoising
from labs.tasks.generation import Generation
from labs.tasks.masks import Masks
from labs.tasks.points import Points
from labs.tasks.reconstruction import Reconstruction
from labs.tasks.regression import Regression
from labs.tasks.task import Task
from labs.tasks.verification import Verification

COURSE = BY_GENDER  # what the course's own labs ask

__all__ = [
    "COURSE",
    "Anchors",
    "Boxes",
    "Classification",
    "Denoising",
    "Generation",
    "Masks",
    "Points",
    "Reconstruction",
    "Regression",
    "Task",
    "Verification",
]
