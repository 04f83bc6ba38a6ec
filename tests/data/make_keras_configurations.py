"""Writes keras_configurations.json: what Keras writes for each object of `tests.keras_files.configurations`.

KERAS_BACKEND=jax python -m tests.data.make_keras_configurations [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras

from tests.keras_files.configurations import CONFIGURATIONS

FILE = Path(__file__).with_name("keras_configurations.json")


def main() -> int:
    described = [
        keras.saving.serialize_keras_object(getattr(getattr(keras, module), name)(**arguments))
        for module, name, arguments in CONFIGURATIONS
    ]
    text = json.dumps(described, separators=(",", ":")).replace("},{", "},\n{") + "\n"
    if "--check" in sys.argv[1:]:
        return 0 if json.loads(FILE.read_text()) == json.loads(text) else 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
