"""The layers that are compared with Keras 3's, as tables of rows: one module per family.

``tests/data/make_keras_layers.py`` computes what Keras answers to the rows of a family and keeps it in
``tests/data/keras_layers/<family>.npz``; ``test_keras_layers.py`` reads it. A module has ROWS; INTEGERS says whether it
is run on small integers, with answers that must be equal; TOLERANCE is that of float64 where the answers are not.
"""

import importlib
from pathlib import Path

FAMILIES = {
    path.stem: importlib.import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    if path.stem != "row"
}
