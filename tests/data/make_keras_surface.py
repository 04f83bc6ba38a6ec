"""Write the public names of Keras with their signatures to keras_surface.json, which tests.keras_compatibility reads.

    KERAS_BACKEND=jax python -m tests.data.make_keras_surface [--check]

With --check the file is compared instead, and the exit status is 1 when it is out of date.
"""

import difflib
import json
import pathlib
import sys

import keras
import numpy as np

from tests.keras_compatibility.surface import surface

FILE = pathlib.Path(__file__).with_name("keras_surface.json")


def in_numpy(operations):
    """Return where NumPy has operations of the same name."""
    places = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft}
    found = {}
    for name in operations:
        place = next((place for place, module in places.items() if callable(getattr(module, name, None))), None)
        if place is not None:
            found[name] = f"{place}.{name}"
    return found


def main():
    """Write or check the file."""
    names = surface("keras")
    found = {"version": keras.__version__, "numpy": in_numpy(names["ops"]), "names": names}
    text = json.dumps(found, indent=0) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text)
        return
    old = FILE.read_text()
    if old != text:
        difference = difflib.unified_diff(old.splitlines(), text.splitlines(), FILE.name, "installed", lineterm="")
        sys.exit("\n".join(difference))


if __name__ == "__main__":
    main()
