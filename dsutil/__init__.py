"""The labs' data: pairs of binary files in, batches out. Knows nothing of networks.

>>> import dsutil
>>> train = dsutil.DataSet("DataBases/data_1k.bin", "DataBases/gender_1k.bin")
>>> images, labels = train.next_batch()     # (128, 2304) and (128, 2), float32
"""

from dsutil.binary import CLASSES, PIXELS, SIDE
from dsutil.dataset import DataSet
from dsutil.errors import InputError

__all__ = ["CLASSES", "PIXELS", "SIDE", "DataSet", "InputError"]
