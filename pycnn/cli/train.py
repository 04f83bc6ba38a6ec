"""`pycnn train`: trains a network on a data set, saves the model and a picture of the run."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

import numpy as np

from pycnn.callbacks import History, LearningRateScheduler
from pycnn.cli.argument_types import one_of, positive_number, whole_number
from pycnn.cli.recipes import MODELS, RECIPES, Recipe
from pycnn.datasets import digits
from pycnn.datasets.search import DataSplits
from pycnn.layers import Conv2D
from pycnn.models import Sequential
from pycnn.optimizers import Adam
from pycnn.utils import set_random_seed
from pycnn.visualization import plot_training_report

NAME = "train"
HELP = "train a network; without arguments: LeNet-5 on handwritten digits that pycnn brings along"
DESCRIPTION = (
    "Trains a network, shows the loss and the accuracy on held-out images after each epoch, and writes two files: the "
    "model, MODEL-DATA.pycnn, and a picture of the training curves, the first layer's filters and some predictions, "
    "MODEL-DATA.png (this needs matplotlib: pip install 'pycnn[plot]')."
)

LARGEST_COUNT = 10**9
LARGEST_SEED = 2**32 - 1
RIGHT_SHOWN, WRONG_SHOWN = 16, 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `pycnn train`."""

    def add(name: str, metavar: str, argument_type: object, text: str, **more: object) -> None:
        parser.add_argument(name, metavar=metavar, type=argument_type, help=text, **more)

    def defaults(field: str) -> str:
        return ", ".join(f"{getattr(recipe, field):g} for {name}" for name, recipe in RECIPES.items())

    count = whole_number(1, LARGEST_COUNT)
    add(
        "model", "MODEL", one_of("model", MODELS), f"{', '.join(MODELS)} (default: lenet5)", nargs="?", default="lenet5"
    )
    add("--data", "NAME", one_of("data set", RECIPES), f"{', '.join(RECIPES)} (default: digits)", default="digits")
    add("--data-path", "DIR", Path, "the folder of the data files (default: search the usual places)")
    add("--epochs", "N", count, f"passes over the data (default: {defaults('epochs')})")
    add("--batch-size", "N", count, f"images a step (default: {defaults('batch_size')})")
    add(
        "--learning-rate",
        "X",
        positive_number,
        f"Adam's, at the start; falls to 0 along a cosine (default: {defaults('learning_rate')})",
    )
    add("--seed", "N", whole_number(0, LARGEST_SEED), "the same seed gives the same model (default: 0)", default=0)
    add("--output", "DIR", Path, "where to write both files (default: this folder)", default=Path())


def run(arguments: argparse.Namespace) -> None:
    """Trains, reports, and writes the model and its picture."""
    recipe = RECIPES[arguments.data]
    (x_train, y_train), (x_test, y_test) = _load(arguments, recipe)
    model_file, picture = _prepare_output(arguments)

    set_random_seed(arguments.seed)
    classes = len(recipe.dataset.CLASS_NAMES)
    model = MODELS[arguments.model](x_train.shape[1:], classes, augmentation=recipe.augmentation())
    print(
        f"{arguments.model} with {model.count_params():,} parameters on {arguments.data}: "
        f"{len(x_train):,} images to train on, {len(x_test):,} held out",
        flush=True,
    )
    history = _fit(model, arguments, recipe, (x_train, y_train), (x_test, y_test))
    probabilities = model.predict(x_test, verbose=0)
    right = probabilities.argmax(axis=1) == y_test
    print(f"held-out accuracy: {right.mean():.4f} ({right.sum():,} of {len(right):,})")

    try:
        model.save(model_file)
        print(f"model:   {model_file}")
        _draw(arguments, model, history, (x_test, y_test), probabilities, picture)
    except OSError as error:
        arguments.parser.error(f"cannot write the results: {error}")


def _load(arguments: argparse.Namespace, recipe: Recipe) -> DataSplits:
    """The data with a channel axis: (N, H, W, 1)."""
    if recipe.dataset is digits and arguments.data_path is not None:
        arguments.parser.error("--data-path is for data read from files; the digits are part of pycnn")
    try:
        splits = digits.load_data() if recipe.dataset is digits else recipe.dataset.load_data(arguments.data_path)
    except (OSError, ValueError) as error:
        arguments.parser.error(str(error))
    (x_train, y_train), (x_test, y_test) = splits
    if not (len(x_train) and len(x_test)):
        arguments.parser.error(f"the data set {arguments.data} has no images to train on or none to test")
    return (x_train[..., np.newaxis], y_train), (x_test[..., np.newaxis], y_test)


def _prepare_output(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """The files of the model and the picture; what is wrong with them shows before the training, not after it."""
    folder = arguments.output.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        arguments.parser.error(f"argument --output: {error}")
    if not os.access(folder, os.W_OK):
        arguments.parser.error(f"argument --output: no permission to write in {folder}")
    model_file, picture = (folder / f"{arguments.model}-{arguments.data}{ending}" for ending in (".pycnn", ".png"))
    for file in (model_file, picture):
        if file.is_dir():
            arguments.parser.error(f"argument --output: {file} must be a file to write; it is a folder")
    return model_file, picture


def _fit(
    model: Sequential,
    arguments: argparse.Namespace,
    recipe: Recipe,
    training: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
) -> History:
    epochs = arguments.epochs or recipe.epochs
    learning_rate = arguments.learning_rate or recipe.learning_rate
    model.compile(Adam(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    cosine = LearningRateScheduler(lambda epoch: learning_rate * 0.5 * (1 + math.cos(math.pi * epoch / epochs)))
    return model.fit(
        *training,
        batch_size=arguments.batch_size or recipe.batch_size,
        epochs=epochs,
        validation_data=held_out,
        callbacks=[cosine],
    )


def _draw(
    arguments: argparse.Namespace,
    model: Sequential,
    history: History,
    held_out: tuple[np.ndarray, np.ndarray],
    probabilities: np.ndarray,
    picture: Path,
) -> None:
    """Shows the first images that are recognised and the first that are not."""
    images, labels = held_out
    right = probabilities.argmax(axis=1) == labels
    shown = np.concatenate([np.flatnonzero(right)[:RIGHT_SHOWN], np.flatnonzero(~right)[:WRONG_SHOWN]])
    try:
        figure = plot_training_report(
            history,
            next(layer for layer in model.layers if isinstance(layer, Conv2D)).kernel.numpy(),
            images[shown],
            probabilities[shown],
            labels[shown],
            RECIPES[arguments.data].dataset.CLASS_NAMES,
            f"{arguments.model} on {arguments.data}: {right.sum():,} of {len(right):,} held-out images recognised",
        )
    except ImportError as error:
        print(f"picture: not drawn: {error}")
        return
    figure.savefig(picture, dpi=120)
    print(f"picture: {picture}")
