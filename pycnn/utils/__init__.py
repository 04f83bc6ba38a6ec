"""Small helpers with Keras's names: seeds, one-hot labels, data sets written in Python."""

from pycnn.utils.numerical import to_categorical
from pycnn.utils.py_dataset import PyDataset
from pycnn.utils.random import set_random_seed

Sequence = PyDataset  # Keras's other name of it

__all__ = ["PyDataset", "Sequence", "set_random_seed", "to_categorical"]
