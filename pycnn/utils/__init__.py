"""Small helpers with Keras's names: seeds and one-hot labels."""

from pycnn.utils.numerical import to_categorical
from pycnn.utils.random import set_random_seed

__all__ = ["set_random_seed", "to_categorical"]
