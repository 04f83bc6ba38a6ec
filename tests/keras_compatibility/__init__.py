"""Which of Keras's public names pycnn has, and how they differ: the table docs/keras-compatibility.md.

    python -m tests.keras_compatibility            writes the table
    python -m tests.keras_compatibility --check    fails with a diff when the table is out of date

Keras need not be installed: its names are in keras_surface.json, which `tests/data/make_keras_surface.py` writes.
What cannot be seen in a signature is said in `notes`, and what no CNN uses is named in `left_out`; both must be
complete and up to date, or the program fails too.
"""
