"""Small helpers with Keras's names: seeds, labels, data sets, files from the network, progress bars."""

from pycnn.utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pycnn.utils.data_tuples import pack_x_y_sample_weight, unpack_x_y_sample_weight
from pycnn.utils.download import get_file
from pycnn.utils.naming import clear_session
from pycnn.utils.numerical import normalize, to_categorical
from pycnn.utils.progbar import Progbar
from pycnn.utils.py_dataset import PyDataset
from pycnn.utils.random import set_random_seed
from pycnn.utils.splitting import split_dataset

Sequence = PyDataset  # Keras's other name of it

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_file",
    "is_interactive_logging_enabled",
    "normalize",
    "pack_x_y_sample_weight",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
