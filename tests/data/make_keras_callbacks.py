"""Write what Keras's callbacks do in the cases of `tests.callback_cases` to keras_callbacks.json.

    KERAS_BACKEND=jax python -m tests.data.make_keras_callbacks [--check]

With --check the file is compared instead, and the exit status is 1 when it is out of date.
"""

import json
import pathlib
import sys

import keras

from tests.callback_cases import answers

FILE = pathlib.Path(__file__).with_name("keras_callbacks.json")

text = json.dumps(answers(keras.callbacks), indent=0) + "\n"
if "--check" not in sys.argv[1:]:
    FILE.write_text(text)
elif FILE.read_text() != text:
    sys.exit(f"{FILE} is not what keras {keras.__version__} answers")
