"""What `fit` adds to its steps: python -m benchmarks.fit_overhead [--quick] [--threads N] [--repeats N] [--json FILE]

An epoch of `fit` beside the core's bare steps on the same batches, by a Sequential and by a functional model, without
and with a callback that sees every batch. All in one process and in turns: what is compared are the loops, not the
kernels. Times are processor time, which other programs do not add to; on one thread, so that threads that wait do not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import harness
from benchmarks.pycnn_networks import layers_of
from benchmarks.report import PYCNN, Report, digits, markdown
from benchmarks.tasks import NetworkTask
from benchmarks.worker_pycnn import Pycnn

# Each with its steps in an epoch.
TASKS = [
    (NetworkTask("LeNet-5", 64, "Adam"), 40),
    (NetworkTask("LeNet-5", 8, "Adam"), 200),
    (NetworkTask("CIFAR convnet", 64, "Adam"), 4),
]
QUICK_TASKS = [(NetworkTask("LeNet-5", 2, "Adam"), 3)]
BARE, SEQUENTIAL, FUNCTIONAL, CALLBACK = "bare", "Sequential", "functional", "with a callback"


def main() -> None:
    """Measure and print."""
    parser = harness.parser("What fit adds to its steps.")
    parser.add_argument("--threads", type=int, default=1, help="threads of pycnn [1]")
    options = parser.parse_args()
    harness.use_installed_package()
    library = Pycnn(options.threads, harness.PRECISIONS[0])
    report = Report(sys.argv, options.threads)
    report.versions.update(library.about()["versions"])
    repeats = harness.QUICK_REPEATS if options.quick else options.repeats
    rows, samples = [], {}
    for task, steps in QUICK_TASKS if options.quick else TASKS:
        print(task.name, file=sys.stderr)
        seconds = measure(epochs(task, steps), repeats)
        rows.append(cells(task, steps, seconds))
        samples[task.name] = seconds
    record = {**report.record(), "rows": samples}
    harness.show(f"fit beside bare steps\n\n{markdown(rows)}\n\n{PYCNN} {report.versions[PYCNN]}", record, options)


def epochs(task: NetworkTask, steps: int) -> dict[str, Callable[[], Any]]:
    """Return by name what trains for one epoch."""
    import numpy as np

    from pycnn import Input, Model, Sequential, callbacks

    images, labels = (np.concatenate([part] * steps) for part in task.batch())

    def stack_of_layers() -> Any:
        return Sequential([Input(images.shape[1:]), *layers_of(task.graph)])

    models: dict[str, Any] = {name: stack_of_layers() for name in (BARE, SEQUENTIAL, CALLBACK)}
    stack = stack_of_layers()
    models[FUNCTIONAL] = Model(stack.inputs, stack.outputs)
    for model in models.values():
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def bare() -> None:
        network = models[BARE].training_network()
        order = np.random.default_rng(0).permutation(len(images))
        for start in range(0, len(images), task.batch_size):
            network.train_step([images], [labels], order[start : start + task.batch_size], 0, False)

    def fit(name: str, *hooks: Any) -> Callable[[], Any]:
        return lambda: models[name].fit(
            images, labels, batch_size=task.batch_size, epochs=1, verbose=0, callbacks=list(hooks)
        )

    each_batch = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: logs["loss"])
    return {
        BARE: bare,
        SEQUENTIAL: fit(SEQUENTIAL),
        FUNCTIONAL: fit(FUNCTIONAL),
        CALLBACK: fit(CALLBACK, each_batch),
    }


def measure(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Return the processor time of each in each round, after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(repeats + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if number:
                seconds[name].append(time.process_time() - start)
    return seconds


def cells(task: NetworkTask, steps: int, seconds: dict[str, list[float]]) -> dict[str, str]:
    """Return the row: of the fastest epochs, the milliseconds of a bare step and what the others add in percent."""
    fastest = {name: min(times) for name, times in seconds.items()}
    row = {"work": task.name, "bare ms a step": digits(fastest[BARE] / steps * 1e3)}
    for name in (SEQUENTIAL, FUNCTIONAL, CALLBACK):
        ratios = [own / bare for own, bare in zip(seconds[name], seconds[BARE], strict=True)]
        row[f"{name}: + %"] = f"{100 * (fastest[name] / fastest[BARE] - 1):.1f}"
        row[f"{name}: median"] = f"{100 * (median(ratios) - 1):.1f}"
    return row


if __name__ == "__main__":
    main()
