"""The labs' data: files of columns in, batches out. Knows nothing of networks.

>>> import dsutil
>>> train = dsutil.DataSet("DataBases/data_1k.bin", "DataBases/gender_1k.bin")
>>> images, labels = train.next_batch()     # (128, 2304) and (128, 2), float32
"""

from dsutil.binary import CLASSES, PIXELS, SIDE
from dsutil.columns import (
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    Boxes,
    Column,
    Identities,
    Images,
    OneHot,
    Parts,
    Points,
)
from dsutil.dataset import DataSet
from dsutil.errors import InputError

__all__ = [
    "CLASSES",
    "FACES",
    "FACE_MASK",
    "FACE_POINTS",
    "GENDER",
    "INSTANCES",
    "PERSON",
    "PIXELS",
    "SCENE",
    "SCENE_BOXES",
    "SIDE",
    "Boxes",
    "Column",
    "DataSet",
    "Identities",
    "Images",
    "InputError",
    "OneHot",
    "Parts",
    "Points",
]
