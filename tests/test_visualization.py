"""pycnn.visualization: what the pictures show, what they refuse, and that they leave no global state behind."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from pycnn.visualization import plot_filters, plot_predictions, plot_training_curves, plot_training_report

NAMES = ["cat", "dog", "owl"]
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.1, 0.4]])
LABELS = np.array([0, 1, 2])
IMAGES = np.zeros((3, 8, 8), "uint8")


def size(figure, path):
    """Draws for real (layout, fonts, PNG) and returns the size in pixels, read from the PNG's header."""
    figure.savefig(path, dpi=50)
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


# Training curves.


@pytest.mark.parametrize(
    ("history", "titles", "labels"),
    [
        ({"loss": [1.0]}, ["loss: 1.0000 training"], [["training"]]),
        ({"loss": [1.0, 0.5], "val_loss": [2.0, 1.5]}, ["loss: 1.5000 held out"], [["training", "held out"]]),
        (
            {"accuracy": [0.5], "loss": [1.0], "val_accuracy": [0.25], "val_loss": [2.0], "learning_rate": [0.1]},
            ["accuracy: 0.2500 held out", "loss: 2.0000 held out"],
            [["training", "held out"]] * 2,
        ),
        ({"loss": [1.0, 0.5], "val_loss": []}, ["loss: 0.5000 training"], [["training"]]),
        ({"loss": [1.0, 0.5, 0.2], "val_loss": [3.0]}, ["loss: 3.0000 held out"], [["training", "held out"]]),
        ({"loss": [np.nan, np.inf, 1.0]}, ["loss: 1.0000 training"], [["training"]]),
        ({"loss": [np.nan]}, ["loss: nan training"], [["training"]]),
        ({"loss": np.ones(1000)}, ["loss: 1.0000 training"], [["training"]]),
    ],
)
@pytest.mark.parametrize("wrap", [dict, lambda history: SimpleNamespace(history=history)], ids=["dict", "History"])
def test_curves_show_every_measure(tmp_path, history, titles, labels, wrap):
    figure = plot_training_curves(wrap(history))
    assert [axes.get_title() for axes in figure.axes] == titles
    assert [[line.get_label() for line in axes.lines] for axes in figure.axes] == labels
    measure = titles[0].split(":")[0]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), history[measure])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), np.arange(1, len(history[measure]) + 1))
    assert size(figure, tmp_path / "curves.png") == (250 * len(titles), 175)


@pytest.mark.parametrize("history", [{}, {"loss": []}, {"val_loss": [1.0]}, {"learning_rate": [0.1]}])
def test_curves_need_an_epoch(history):
    with pytest.raises(ValueError, match=r"\[plot_training_curves\] history must have an epoch; got history=\{"):
        plot_training_curves(history)


# Filters.


@pytest.mark.parametrize(
    ("shape", "tiles"),
    [
        ((5, 5, 1, 6), 6),
        ((1, 1, 1, 1), 1),
        ((3, 7, 1, 5), 5),
        ((3, 3, 3, 4), 4),
        ((3, 3, 16, 2), 2),
        ((3, 3, 1, 64), 64),
        ((3, 3, 1, 65), 64),
    ],
)
def test_filters_are_tiles(tmp_path, shape, tiles):
    kernel = np.linspace(-2, 1, np.prod(shape)).reshape(shape)
    figure = plot_filters(kernel)
    shown = [axes.images[0] for axes in figure.axes]
    assert len(shown) == tiles
    for index, image in enumerate(shown):
        if shape[2] == 3:
            np.testing.assert_allclose(image.get_array(), 0.5 + 0.25 * kernel[..., index])
        else:
            np.testing.assert_allclose(image.get_array(), kernel[..., index].mean(axis=2))
            assert image.get_clim() == (shown[0].get_clim()[0], -shown[0].get_clim()[0])
    size(figure, tmp_path / "filters.png")


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("fill", [[0.0], [np.nan], [np.inf], [np.inf, 1.0, -np.inf], [np.nan, -np.inf, np.inf, 2.0]])
def test_filters_of_a_diverged_run_are_drawn(tmp_path, channels, fill):
    size(plot_filters(np.resize(np.array(fill), (3, 3, channels, 2))), tmp_path / "filters.png")


@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 6), (5, 5, 5, 1, 6), (5, 5, 1, 0), (0, 5, 1, 6)])
def test_filters_need_a_kernel(shape):
    with pytest.raises(ValueError, match=r"\[plot_filters\] kernel must be \(KH, KW, C, F\).*got kernel shape \("):
        plot_filters(np.ones(shape))


# Predictions.


@pytest.mark.parametrize("names", [NAMES, None])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_predictions_are_named_and_wrong_ones_are_red(tmp_path, names, channels, dtype):
    figure = plot_predictions(np.zeros((3, 8, 6, *channels), dtype), PROBABILITIES, LABELS, names)
    cat, dog, owl = NAMES if names else "012"
    assert [axes.get_title() for axes in figure.axes] == [f"{cat} 70%", f"{dog} 80%", f"{cat} 50%\nis {owl}"]
    assert [axes.title.get_color() for axes in figure.axes] == ["black", "black", "tab:red"]
    assert {axes.images[0].get_array().shape for axes in figure.axes} == {(8, 6, *[3] * (channels == (3,)))}
    size(figure, tmp_path / "predictions.png")


@pytest.mark.parametrize(("count", "width", "height"), [(1, 65, 80), (8, 520, 80), (9, 520, 160), (24, 520, 240)])
def test_predictions_fill_rows_of_eight(tmp_path, count, width, height):
    figure = plot_predictions(np.resize(IMAGES, (count, 8, 8)), np.resize(PROBABILITIES, (count, 3)), [0] * count)
    assert len(figure.axes) == count
    assert size(figure, tmp_path / "predictions.png") == (width, height)


@pytest.mark.parametrize(
    ("images", "probabilities", "labels", "names", "problem"),
    [
        (np.zeros((8, 8)), PROBABILITIES, LABELS, NAMES, r"images must be .* got images shape \(8, 8\)"),
        (np.zeros((3, 8, 8, 2)), PROBABILITIES, LABELS, NAMES, r"images must be .* got images shape \(3, 8, 8, 2\)"),
        (np.zeros((3, 8, 8, 1, 1)), PROBABILITIES, LABELS, NAMES, "images must be"),
        (np.zeros((0, 8, 8)), PROBABILITIES[:0], LABELS[:0], NAMES, "images must be"),
        (np.zeros((3, 0, 8)), PROBABILITIES, LABELS, NAMES, "images must be"),
        (IMAGES, PROBABILITIES[:2], LABELS, NAMES, r"probabilities must be \(3, classes\).*got .* \(2, 3\)"),
        (IMAGES, PROBABILITIES[0], LABELS, NAMES, "probabilities must be"),
        (IMAGES, PROBABILITIES[:, :0], LABELS, NAMES, "probabilities must be"),
        (IMAGES, PROBABILITIES, LABELS[:2], NAMES, r"labels must be 3 .* got labels=\[0 1\]"),
        (IMAGES, PROBABILITIES, [0, 1, 3], NAMES, r"labels must be .* from 0 to 2; got labels=\[0 1 3\]"),
        (IMAGES, PROBABILITIES, [0, 1, -1], NAMES, "labels must be"),
        (IMAGES, PROBABILITIES, [0.0, 1.0, 2.0], NAMES, "labels must be"),
        (IMAGES, PROBABILITIES, np.eye(3, dtype=int), NAMES, "labels must be"),
        (IMAGES, PROBABILITIES, LABELS, NAMES[:2], r"class_names must be 3 names.*got class_names=\['cat', 'dog'\]"),
        (IMAGES, PROBABILITIES, LABELS, [], "class_names must be 3 names"),
    ],
)
def test_predictions_reject_what_does_not_match(images, probabilities, labels, names, problem):
    with pytest.raises(ValueError, match=r"^\[plot_predictions\] " + problem):
        plot_predictions(images, probabilities, labels, names)


# All together.


def test_report_has_all_three_parts(tmp_path):
    history = {"accuracy": [0.5], "loss": [1.0], "val_accuracy": [0.25], "val_loss": [2.0]}
    kernel = np.ones((5, 5, 1, 6))
    figure = plot_training_report(history, kernel, IMAGES, PROBABILITIES, LABELS, NAMES, "the title")
    assert isinstance(figure, Figure)
    assert figure.get_suptitle() == "the title"
    assert len(figure.axes) == 2 + 6 + 3
    assert size(figure, tmp_path / "report.png") == (600, 500)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_training_curves({"loss": [1.0]}),
        lambda: plot_filters(np.ones((5, 5, 1, 6))),
        lambda: plot_predictions(IMAGES, PROBABILITIES, LABELS),
        lambda: plot_training_report({"loss": [1.0]}, np.ones((5, 5, 1, 6)), IMAGES, PROBABILITIES, LABELS),
    ],
    ids=["curves", "filters", "predictions", "report"],
)
def test_without_matplotlib_the_extra_is_named(monkeypatch, draw):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'pycnn\[plot\]'"):
        draw()


def test_matplotlib_is_imported_late_and_pyplot_never(tmp_path):
    program = """if True:
        import sys
        import pycnn
        from pycnn.visualization import plot_filters
        assert "matplotlib" not in sys.modules
        plot_filters([[[[1.0]]]]).savefig("/dev/null", format="png")
        assert "matplotlib.pyplot" not in sys.modules
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, cwd=tmp_path)
