"""Callbacks of Keras and of pycnn on the same sequences of logs: random cases, and what each callback did.

`answers(module)` runs with `keras.callbacks` in `tests/data/make_keras_callbacks.py` and with `pycnn.callbacks` in
`tests/test_keras_callbacks.py`. The model is a stand-in, so that the values watched are ours to choose.
"""

import os
import tempfile
import warnings

import numpy as np

EPOCHS = 14
CASES = 60


class Metric:
    """What "auto" asks about: pycnn looks at the metric, Keras gets an explicit mode."""

    name, better = "accuracy", "max"


class Optimizer:
    learning_rate = 0.5
    iterations = 0


class Model:
    """Notes what a callback does to it; its weights are the number of the epoch."""

    metrics = (Metric,)

    def __init__(self):
        self.optimizer = Optimizer()
        self.stop_training = False
        self.epoch = 0
        self.saved = []
        self.restored = None

    def get_weights(self):
        return [np.array(self.epoch)]

    def set_weights(self, weights):
        self.restored = int(weights[0])

    def save(self, filepath, overwrite):
        self.saved.append([self.epoch, os.path.basename(filepath)])

    save_weights = save


def sequence(generator):
    """Values that rise, fall, repeat, and now and then are no number: eighths, so that ties are ties in float32 too."""
    values = np.round(8 * (np.cumsum(generator.normal(-0.05, 0.3, EPOCHS)) + 2)) / 8
    values[generator.random(EPOCHS) < 0.05] = np.nan
    return [float(value) for value in values]


def pick(generator, *choices):
    return choices[generator.integers(len(choices))]


def early_stopping(generator):
    return "EarlyStopping", {
        "monitor": "loss",
        "mode": pick(generator, "auto", "min", "max"),
        "min_delta": pick(generator, 0, 0.125, 0.25, -0.125),
        "patience": pick(generator, 0, 1, 2, 6),
        "baseline": pick(generator, None, None, 1.5),
        "restore_best_weights": pick(generator, False, True),
        "start_from_epoch": pick(generator, 0, 0, 3),
    }


def reduce_lr_on_plateau(generator):
    return "ReduceLROnPlateau", {
        "monitor": "loss",
        "mode": pick(generator, "auto", "min", "max"),
        "factor": pick(generator, 0.5, 0.25),
        "patience": pick(generator, 0, 1, 3),
        "min_delta": pick(generator, 0.0, 0.25),
        "cooldown": pick(generator, 0, 1, 2),
        "min_lr": pick(generator, 0.0, 0.0625),
    }


def model_checkpoint(generator):
    options = {
        "filepath": pick(generator, "a.keras", "{epoch:02d}-{loss:.1f}.keras"),
        "monitor": "loss",
        "mode": pick(generator, "auto", "min", "max"),
        "save_best_only": pick(generator, True, True, False),
        "initial_value_threshold": pick(generator, None, 1.75),
    }
    if not options["save_best_only"]:
        options["save_freq"] = pick(generator, "epoch", 2, 5)
    return "ModelCheckpoint", options


def cases():
    for number in range(CASES):
        generator = np.random.default_rng(number)
        kind = (early_stopping, reduce_lr_on_plateau, model_checkpoint)[number % 3]
        yield (*kind(generator), sequence(generator))


def run(callback, values, batches=3):
    """Call the hooks as `fit` does, on a model of ours, and return what happened."""
    model = Model()
    callback.set_model(model)
    callback.set_params({"epochs": len(values), "steps": batches, "verbose": 0})
    callback.on_train_begin({})
    rates, logs = [], {}
    for epoch, value in enumerate(values):
        model.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        for batch in range(batches):
            callback.on_train_batch_begin(batch, {})
            callback.on_train_batch_end(batch, {"loss": value})
        logs = {"loss": value}
        callback.on_epoch_end(epoch, logs)
        rates.append(logs.get("learning_rate"))
        if model.stop_training:
            break
    callback.on_train_end(logs)
    return {
        "epochs": len(rates),
        "rates": rates,
        "rate": model.optimizer.learning_rate,
        "saved": model.saved,
        "restored": model.restored,
    }


def csv_text(module, logs, append):
    """The content of the file after two runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.csv")
        for _ in range(2):
            logger = module.CSVLogger(path, separator=";" if append else ",", append=append)
            logger.on_train_begin({})
            for epoch, values in enumerate(logs):
                logger.on_epoch_end(epoch, dict(values))
            logger.on_train_end({})
        with open(path, newline="") as file:
            return file.read()


CSV_LOGS = [
    [{"loss": 0.5, "accuracy": 0.25}, {"loss": 0.1, "accuracy": 1.0, "val_loss": 2.0}],
    [{"loss": 0.5, "val_loss": 1e-20}, {"loss": float("nan"), "other": 3}],
    [{"b": [1, 2], "a": "text, with comma"}, {"b": (3.5,), "a": 'a "quote"'}],
    [{}],
]


def answers(module):
    """What the callbacks of a module do."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        done = []
        for name, options, values in cases():
            if "filepath" in options:
                options = {**options, "filepath": os.path.join(folder, options["filepath"])}
            done.append(run(getattr(module, name)(**options), values))
    return {"callbacks": done, "csv": [csv_text(module, logs, append) for logs in CSV_LOGS for append in (False, True)]}
