"""Time and memory of an import, and size on disk: python -m benchmarks.startup [--quick] [--torch-python PATH] ...

Each sample is a whole process, a fresh interpreter that runs `import numpy`, `import pycnn` or `import torch` and ends;
the three take turns. The first process of each, which compiles bytecode and fills the file cache, does not count.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import harness
from benchmarks.protocol import peak_memory
from benchmarks.report import PYCNN, Report, markdown, megabytes

NUMPY, TORCH = "numpy", "torch"
# In a fresh interpreter: where the package lies, and its version.
DESCRIBE = "import {0}, os; print(os.path.dirname({0}.__file__)); print({0}.__version__)"


class Sample(NamedTuple):
    """One process: wall-clock seconds and peak memory in bytes."""

    seconds: float
    memory: int


def main() -> None:
    """Measure and print."""
    options = harness.parser("Start of pycnn beside NumPy and torch: time, memory, size on disk.").parse_args()
    report = Report(sys.argv)
    interpreters = {NUMPY: sys.executable, PYCNN: sys.executable, TORCH: options.torch_python}
    folders = {}
    for module, python in list(interpreters.items()):
        described = in_fresh_process(python, DESCRIBE.format(module), capture_output=True, text=True)
        if described.returncode and module == TORCH:
            report.torch_missing = described.stderr.strip().splitlines()[-1]
            del interpreters[TORCH]
        elif described.returncode:
            raise RuntimeError(f"{module} cannot be imported:\n{described.stderr}")
        else:
            folder, report.versions[module] = described.stdout.splitlines()
            folders[module] = Path(folder)
    samples: dict[str, list[Sample]] = {module: [] for module in interpreters}
    for _ in range(harness.QUICK_REPEATS if options.quick else options.repeats):
        for module, python in interpreters.items():
            samples[module].append(import_once(python, module))
    rows = [cells(module, samples, folders[module]) for module in interpreters]
    record = {**report.record(), "rows": {module: [one._asdict() for one in samples[module]] for module in samples}}
    harness.show(f"startup\n\n{markdown(rows)}\n\n{report.footer()}", record, options)


def in_fresh_process(python: str, statements: str, **options: Any) -> subprocess.CompletedProcess:
    """Run statements in an interpreter started in an empty folder, from where only installed packages are found."""
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run([python, "-c", statements], cwd=empty, **options)


def import_once(python: str, module: str) -> Sample:
    """Start an interpreter that imports the module and ends."""
    with tempfile.TemporaryDirectory() as empty:
        start = time.perf_counter()
        process = subprocess.Popen([python, "-c", f"import {module}"], cwd=empty)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"import {module} ended with exit status {process.returncode}")
    return Sample(seconds, peak_memory(usage))


def cells(module: str, samples: dict[str, list[Sample]], folder: Path) -> dict[str, str]:
    """Return the row of a module."""
    seconds = [sample.seconds for sample in samples[module]]
    above = [own - other.seconds for own, other in zip(seconds, samples[NUMPY], strict=True)]
    files = list(package_files(folder))
    row = {
        "import": module,
        "ms": f"{median(seconds) * 1e3:.0f}",
        "lowest-highest": f"{min(seconds) * 1e3:.0f}-{max(seconds) * 1e3:.0f}",
    }
    row["ms above numpy"] = "" if module == NUMPY else f"{median(above) * 1e3:.0f}"
    row["peak MB"] = megabytes(max(sample.memory for sample in samples[module]))
    row["installed MB"] = megabytes(sum(file.stat().st_size for file in files))
    if module == PYCNN:
        row["packed MB"] = megabytes(packed_size(files))
    return row


def package_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a package but for compiled bytecode."""
    for path, _, names in os.walk(folder, followlinks=True):
        if Path(path).name != "__pycache__":
            yield from (Path(path, name) for name in names)


def packed_size(files: list[Path]) -> int:
    """Return the bytes of a zip archive of the files, which is what a wheel is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, file in enumerate(files):
            archive.write(file, f"{number}/{file.name}")
    return buffer.tell()


if __name__ == "__main__":
    main()
