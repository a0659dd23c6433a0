"""The labs' data: files of columns in, batches out. Knows nothing of networks.

>>> import dsutil
>>> train = dsutil.DataSet("DataBases/data_1k.bin", "DataBases/gender_1k.bin")
>>> images, labels = train.next_batch()     # (128, 2304) and (128, 2), float32
"""

from dsutil.binary import CLASSES, PIXELS, SIDE
from dsutil.columns import (
    ADDING_50,
    ADDING_200,
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    SUM,
    Boxes,
    Column,
    Identities,
    Images,
    OneHot,
    Parts,
    Points,
    Quantity,
    Sequences,
)
from dsutil.dataset import DataSet
from dsutil.errors import InputError

__all__ = [
    "ADDING_50",
    "ADDING_200",
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
    "SUM",
    "Boxes",
    "Column",
    "DataSet",
    "Identities",
    "Images",
    "InputError",
    "OneHot",
    "Parts",
    "Points",
    "Quantity",
    "Sequences",
]
