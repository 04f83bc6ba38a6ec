"""MNIST: 70,000 handwritten digits of 28 x 28 pixels, 60,000 to train on and 10,000 to test.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import os

from pycnn.datasets import search

CLASS_NAMES = tuple("0123456789")

HOW_TO_GET = (
    "To get them: curl -fL --create-dirs --output-dir '{folder}' --remote-name-all "
    "'https://ossci-datasets.s3.amazonaws.com/mnist/{{train,t10k}}-{{images-idx3,labels-idx1}}-ubyte.gz'; "
    "files already on this machine: name their folder in load_data(path=...), or set PYCNN_DATA to the folder "
    "that holds the folder mnist"
)


def load_data(path: str | os.PathLike[str] | None = None) -> search.DataSplits:
    """Loads MNIST from its four IDX files, gzip-compressed or not.

    Args:
        path: the folder of the files (or one that holds them in `mnist/`). None searches $PYCNN_DATA/mnist and
            the cache, ~/.cache/pycnn/mnist (XDG_CACHE_HOME is respected).
    Returns:
        ((x_train, y_train), (x_test, y_test)): images uint8 (N, 28, 28), 0 to 255; labels uint8 (N,), 0 to 9.
    Raises:
        FileNotFoundError: with the folders searched and a command that gets the files.
        ValueError: a file is damaged or is not MNIST's; the message names it.
    """
    return search.load("mnist", path, classes=len(CLASS_NAMES), how_to_get=HOW_TO_GET)
