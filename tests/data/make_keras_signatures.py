"""Makes keras_signatures.json: the parameters, in order, of Keras 3's optimizers and of its layers with regularizers.

Run with Keras 3 installed: KERAS_BACKEND=jax python -m tests.data.make_keras_signatures [--check]
"""

import inspect
import json
import pathlib
import sys

CLASSES = {
    "layers": (
        "BatchNormalization",
        *(f"Conv{rank}D{kind}" for kind in ("", "Transpose") for rank in (1, 2, 3)),
        *(f"{kind}Conv{rank}D" for kind in ("Depthwise", "Separable") for rank in (1, 2)),
        "Dense",
        "GroupNormalization",
        "LayerNormalization",
        "PReLU",
    ),
    "optimizers": ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "RMSprop", "SGD"),
}
FILE = pathlib.Path(__file__).with_name("keras_signatures.json")


def main() -> None:
    """Writes the file, or with --check compares it."""
    import keras

    found = {
        f"{kind}.{name}": list(inspect.signature(getattr(getattr(keras, kind), name)).parameters)
        for kind, names in CLASSES.items()
        for name in names
    }
    text = "{" + ",\n".join(f"{json.dumps(name)}: {json.dumps(names)}" for name, names in found.items()) + "}\n"
    if "--check" in sys.argv[1:]:
        assert FILE.read_text() == text, "the signatures have changed"
    FILE.write_text(text)


if __name__ == "__main__":
    main()
