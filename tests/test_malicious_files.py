"""Files made to do harm are refused by one exception, without much memory, code or another file."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import pytest

from pycnn import saving
from pycnn.saving import ModelFileError
from tests.malicious import good, rewrite
from tests.malicious.archives import ARCHIVES
from tests.malicious.configurations import CONFIGURATIONS
from tests.malicious.graphs import GRAPHS, good_graph
from tests.malicious.hdf5_files import HDF5_FILES

MOST_BYTES = 64 * 2**20


def refused(call, path):
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as caught:
            call(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    assert caught.value.path == str(path) and str(path) in str(caught.value) and len(str(caught.value)) < 2000


@pytest.mark.parametrize("case", [*ARCHIVES, *CONFIGURATIONS])
def test_a_keras_file_is_refused(tmp_path, case):
    path = tmp_path / "model.keras"
    good(path)
    {**ARCHIVES, **CONFIGURATIONS}[case](path)
    refused(saving.load_model, path)


@pytest.mark.parametrize("case", GRAPHS)
def test_a_graph_is_refused(tmp_path, case):
    path = tmp_path / "model.keras"
    good_graph(path)
    saving.load_model(path)
    GRAPHS[case](path)
    refused(saving.load_model, path)


@pytest.mark.parametrize("case", HDF5_FILES)
def test_weights_are_refused_and_the_model_stays(tmp_path, case):
    path = tmp_path / "model.weights.h5"
    model = good(path)
    before = [weight.tobytes() for weight in model.get_weights()]
    HDF5_FILES[case](path)
    refused(model.load_weights, path)
    assert [weight.tobytes() for weight in model.get_weights()] == before
    good(tmp_path / "model.keras")
    rewrite(tmp_path / "model.keras", weights=path.read_bytes())
    refused(saving.load_model, tmp_path / "model.keras")


def test_the_tables_change_a_good_file(tmp_path):
    assert len(ARCHIVES) + len(CONFIGURATIONS) + len(HDF5_FILES) >= 60
    good(tmp_path / "model.keras")
    saving.load_model(tmp_path / "model.keras")
    good(tmp_path / "model.weights.h5").load_weights(tmp_path / "model.weights.h5")


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_loading_opens_one_file_and_imports_nothing(tmp_path, ending):
    for name in ("model.keras", "model.weights.h5"):
        good(tmp_path / name)
    script = (
        "import sys, pycnn\n"
        "from pycnn import saving\n"
        "load = saving.load_model\n"
        "if sys.argv[1].endswith('.h5'):\n"
        "    load = saving.load_model('model.keras').load_weights\n"
        "events = []\n"
        "quiet = ('object.', 'sys._getframe', 'code.__new__', 'builtins.id', 'cpython.')\n"
        "sys.addaudithook(lambda event, _: None if event.startswith(quiet) else events.append(event))\n"
        "load(sys.argv[1])\n"
        "print(*events)\n"
    )
    command = [sys.executable, "-c", script, f"model{ending}"]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["open"]
