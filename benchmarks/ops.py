"""Single operations beside torch: python -m benchmarks.ops [--table TABLE] [--quick] [--only TEXT] ...

Two tables: "convolutions" has the layers of five networks, forward, input gradient and kernel gradient each by itself
(`benchmarks.layers`); "operations" every kind of operation, forward, backward and both together (`benchmarks.rows`).
torch runs each in both memory layouts and the faster one counts. Workers live through the whole command, so peak memory
is that of all rows together.
"""

from __future__ import annotations

from benchmarks import families, harness, layers, rows

# Rows by table, and those of --quick.
TABLES = {
    "convolutions": (layers.CONVOLUTIONS, layers.QUICK_CONVOLUTIONS),
    "operations": (rows.OPERATIONS, rows.QUICK_OPERATIONS),
}


def main() -> None:
    """Measure and print."""
    parser = harness.worker_parser("Single operations of pycnn beside torch.")
    parser.add_argument("--table", choices=TABLES, help="one of the tables [both]")
    options = parser.parse_args()
    tables = [options.table] if options.table else TABLES
    works = [work for table in tables for work in TABLES[table][options.quick]]
    works = harness.chosen(parser, options, works)
    report = harness.compare(options, works, harness.LAYOUTS, fresh_processes=False)
    convolutions = [row for row in report.rows if row.work in TABLES["convolutions"][options.quick]]
    extra = f"### convolutions by family\n\n{families.summary(convolutions)}" if convolutions else ""
    harness.show(report.text(memory_per_row=False, extra=extra), report.record(), options)


if __name__ == "__main__":
    main()
