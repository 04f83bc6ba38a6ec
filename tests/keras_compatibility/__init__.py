"""Which of Keras's public names pycnn has, and how they differ: the table docs/keras-compatibility.md.

    python -m tests.keras_compatibility                 writes the table
    python -m tests.keras_compatibility --check         fails with a diff when the table is out of date
    python -m tests.keras_compatibility --keras         first reads the names of the installed Keras anew
    python -m tests.keras_compatibility --check --keras also fails when they are no longer those of keras_surface.json

What cannot be seen in a signature is said in `notes`, and what no CNN uses is named in `left_out`; both must be
complete and up to date, or the program fails too.
"""
