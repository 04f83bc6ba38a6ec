"""Model files exchanged with Keras: nets, data and training that both sides make from one description.

    python -m tests.keras_files.make            in a Keras environment: writes tests/data/keras_files (files of Keras)
    python -m tests.keras_files.write FOLDER    with pycnn: writes files of pycnn
    python -m tests.keras_files.read FOLDER     in a Keras environment: reads those, compares, trains on

`tests/test_keras_files.py` reads the files of Keras with pycnn. Nothing here imports Keras or pycnn but the scripts.
"""
