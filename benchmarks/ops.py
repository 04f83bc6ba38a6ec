"""Single operations beside torch: python -m benchmarks.ops [--quick] [--threads N] [--torch-python PATH] ...

Every kind of operation, forward, backward and both together: see `benchmarks.rows`. torch runs each in both memory
layouts and the faster one counts. Workers live through the whole command, so peak memory is that of all rows together.
"""

from __future__ import annotations

from benchmarks import harness, rows


def main() -> None:
    """Measure and print."""
    parser = harness.worker_parser("Single operations of pycnn beside torch.")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name contains this text")
    options = parser.parse_args()
    works = rows.QUICK_OPERATIONS if options.quick else rows.OPERATIONS
    works = [work for work in works if options.only in work.name]
    if not works:
        parser.error(f"argument --only: no row's name contains {options.only!r}")
    report = harness.compare(options, works, fresh_processes=False)
    harness.show(report.text(memory_per_row=False), report.record(), options)


if __name__ == "__main__":
    main()
