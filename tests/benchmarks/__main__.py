"""Measures emgui beside other programs: `make bench`.

    python -m tests.benchmarks [NAME …] [--quick]

Prints what it measures. Without --quick it also puts each section into the report, docs/benchmarks.md, in the place of
the one measured before on the same machine.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from time import perf_counter

from tests.benchmarks import report

SECTIONS = {
    "iteration": "An exact iteration",
    "optimum": "To the optimum",
    "few_rows": "A whole fit of 272 rows",
    "memory": "Memory beyond the data",
    "growth": "How the cost grows",
    "reading": "Reading files",
    "coverage": "Coverage of the 95 % intervals",
    "window": "The window",
}
"""Name of a section, which is that of its module → its title."""


def main() -> None:
    """Measures the sections named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measures emgui beside other programs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, and no report")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(SECTIONS)}")
    print(report.machine(), flush=True)
    for name, title in SECTIONS.items():
        if given.names and name not in given.names:
            continue
        print(f"\n## {title}", flush=True)
        began, busy, blocks = perf_counter(), report.busy_with_others(), []
        for block in import_module(f"tests.benchmarks.{name}").measured(given.quick):
            print(f"\n{block}", flush=True)
            blocks.append(block)
        blocks.insert(0, report.measured_when(began, busy))
        print(f"\n{blocks[0]}", flush=True)
        if not given.quick:
            report.put(report.PATH, title, "\n\n".join(blocks), list(SECTIONS.values()))


if __name__ == "__main__":
    main()
