"""Fashion-MNIST: 70,000 pictures of clothes of 28 x 28 pixels, 60,000 to train on and 10,000 to test.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms", 2017, arXiv:1708.07747.
"""

from __future__ import annotations

import os

from pycnn.datasets import search

CLASS_NAMES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"

HOW_TO_GET = (
    "To get them: apt-get install dataset-fashion-mnist (Debian, Ubuntu), or curl -fL --create-dirs --output-dir "
    "'{folder}' --remote-name-all 'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
    "{{train,t10k}}-{{images-idx3,labels-idx1}}-ubyte.gz'; files already on this machine: name their folder in "
    "load_data(path=...), or set PYCNN_DATA to the folder that holds the folder fashion-mnist"
)


def load_data(path: str | os.PathLike[str] | None = None) -> search.DataSplits:
    """Loads Fashion-MNIST from its four IDX files, gzip-compressed or not.

    Args:
        path: the folder of the files (or one that holds them in `fashion-mnist/`). None searches
            $PYCNN_DATA/fashion-mnist, the cache, ~/.cache/pycnn/fashion-mnist (XDG_CACHE_HOME is respected), and the
            folder of Debian's package dataset-fashion-mnist.
    Returns:
        ((x_train, y_train), (x_test, y_test)): images uint8 (N, 28, 28), 0 to 255; labels uint8 (N,), 0 to 9.
    Raises:
        FileNotFoundError: with the folders searched and commands that get the files.
        ValueError: a file is damaged or is not Fashion-MNIST's; the message names it.
    """
    return search.load(
        "fashion-mnist",
        path,
        classes=len(CLASS_NAMES),
        how_to_get=HOW_TO_GET,
        system_folders=(DEBIAN_FOLDER,),
    )
