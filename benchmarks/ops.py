"""Single operations beside torch: python -m benchmarks.ops [--quick] [--threads N] [--torch-python PATH] ...

Every kind of operation, forward, backward and both together: see `benchmarks.rows`. torch runs each in both memory
layouts and the faster one counts. Workers live through the whole command, so peak memory is that of all rows together.
"""

from __future__ import annotations

from benchmarks import harness, rows


def main() -> None:
    """Measure and print."""
    parser = harness.worker_parser("Single operations of pycnn beside torch.")
    options = parser.parse_args()
    works = rows.QUICK_OPERATIONS if options.quick else rows.OPERATIONS
    works = harness.chosen(parser, options, works)
    report = harness.compare(options, works, harness.LAYOUTS, fresh_processes=False)
    harness.show(report.text(memory_per_row=False), report.record(), options)


if __name__ == "__main__":
    main()
