"""Random-shape comparison of pycnn.ops with the float64 oracles: python -m tests.sweep --cases 2000 --seed 1.

Each case of `sweep_cases` runs forward and gradient with every algorithm, on every instruction set and with one and two
threads. Exact cases must be equal, and enough answers must not be zero for that to mean something; the others must stay
within 16 u sum |a| |b|. A failing case is repeated alone by the printed command.
"""

import argparse
import sys
from collections import Counter

import numpy as np

from pycnn import _core
from tests import sweep_merge, sweep_move, sweep_pool  # noqa: F401 - they add their cases
from tests.checks import UNITS, running_with
from tests.sweep_cases import BUILDERS, build

LEAST_NONZERO = 0.3


class Tally:
    """What the sweep has seen."""

    def __init__(self):
        self.cases, self.exact, self.calls = Counter(), 0, 0
        self.worst, self.worst_call = 0.0, "none"
        self.nonzero, self.elements = Counter(), Counter()

    def add(self, name, comparisons):
        self.cases[name] += 1
        exact = [part for part in comparisons if part.magnitude is None and not part.name.endswith("_grad")]
        self.exact += bool(exact)
        for part in exact[:1]:
            self.nonzero[name] += sum(np.count_nonzero(array) for array in part.expected)
            self.elements[name] += sum(np.size(array) for array in part.expected)

    def untrusted(self):
        """Operations whose exact cases compared mostly zeros with zeros."""
        return [
            name for name, size in self.elements.items() if size > 1000 and self.nonzero[name] < LEAST_NONZERO * size
        ]

    def __str__(self):
        cases = ", ".join(f"{name} {count}" for name, count in sorted(self.cases.items()))
        share = 100 * sum(self.nonzero.values()) / max(1, sum(self.elements.values()))
        return (
            f"{sum(self.cases.values())} cases ({cases}); {self.calls} calls; {self.exact} exact cases, {share:.0f} % "
            f"not zero; worst error {self.worst:.2f} of {UNITS} u sum|a||b| ({self.worst_call})"
        )


def failure(comparisons, tally):
    """Runs the comparisons everywhere; what went wrong first, or None."""
    for isa in _core.isas():
        for threads in (1, 2):
            with running_with(isa, threads):
                for part in comparisons:
                    where = f"{part.name} on {isa} with {threads} thread(s), {describe(part)}"
                    try:
                        ratio = part.worst(part.run())
                    except Exception as problem:
                        return f"{where}: {type(problem).__name__}: {problem}"
                    tally.calls += 1
                    if ratio > UNITS:
                        return f"{where}: error {ratio:.3g} u sum|a||b|" if part.magnitude else f"{where}: not equal"
                    if ratio > tally.worst:
                        tally.worst, tally.worst_call = ratio, part.name
    return None


def describe(part):
    arrays = ", ".join(f"{array.dtype}{list(array.shape)}" for array in part.arguments)
    options = {
        name: f"array{value.shape}" if isinstance(value, np.ndarray) else value for name, value in part.options.items()
    }
    return f"({arrays}) {options}"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000, help="number of cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ops", nargs="+", choices=BUILDERS, default=list(BUILDERS), metavar="OP")
    parser.add_argument("--case", type=int, help="run this case of the seed alone")
    options = parser.parse_args(arguments)

    tally = Tally()
    numbers = range(options.cases) if options.case is None else [options.case]
    for number in numbers:
        name, comparisons = build(options.ops, options.seed, number)
        tally.add(name, comparisons)
        problem = failure(comparisons, tally)
        if problem:
            chosen = "" if options.ops == list(BUILDERS) else f" --ops {' '.join(options.ops)}"
            print(f"seed {options.seed}: case {number} failed: {problem}")
            print(f"repeat it with: python -m tests.sweep --seed {options.seed} --case {number}{chosen}")
            return 1
    print(f"seed {options.seed}: {tally}")
    if tally.untrusted():
        print(f"too many zeros to trust the exact cases of {', '.join(tally.untrusted())}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
