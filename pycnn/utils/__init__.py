"""Small helpers with Keras's names: seeds, one-hot labels, data sets written in Python, progress bars."""

from pycnn.utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pycnn.utils.numerical import to_categorical
from pycnn.utils.progbar import Progbar
from pycnn.utils.py_dataset import PyDataset
from pycnn.utils.random import set_random_seed

Sequence = PyDataset  # Keras's other name of it

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "is_interactive_logging_enabled",
    "set_random_seed",
    "to_categorical",
]
