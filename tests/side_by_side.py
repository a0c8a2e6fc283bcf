"""Runs the tests of the numerics and those of the window side by side, a core each: `make test`.

    python -m tests.side_by_side [arguments of pytest]

What each says is printed when it has ended, and the status is that of the worse.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HALVES = (("tests/emgui",), ("tests/core", "tests/test_layers.py"))


def main(arguments: list[str]) -> int:
    """Starts both, waits for both, and returns the first status that is not 0."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / f"{place}.txt" for place in range(len(HALVES))]
        running = []
        for half, path in zip(HALVES, outputs, strict=True):
            with path.open("wb") as output:
                running.append(subprocess.Popen([*command, *half], stdout=output, stderr=subprocess.STDOUT))
        for half, process, path in zip(HALVES, running, outputs, strict=True):
            process.wait()
            sys.stdout.write(f"---- {' '.join(half)}\n{path.read_text(encoding='utf-8', errors='replace')}")
            sys.stdout.flush()
    return max(abs(process.returncode) for process in running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
