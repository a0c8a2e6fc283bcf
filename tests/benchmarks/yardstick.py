"""The C yardstick: compiled where there is a compiler, run as a process of its own, which times itself."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import Mixture
from tests.benchmarks.rounds import threads

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=fast")


@dataclass(frozen=True)
class Yardstick:
    """The program and the file of values that it reads."""

    program: Path
    values: Path

    def run(self, start: Mixture, iterations: int) -> tuple[float, NDArray[np.float64]]:
        """Seconds of one iteration, and weight, mean and sd of each component after the last, (K, 3)."""
        lines = np.column_stack([start.weights, start.parameters["mean"], start.parameters["sd"]])
        given = "\n".join(" ".join(repr(float(cell)) for cell in line) for line in lines)
        words = [self.program, self.values, start.n_components, threads(), iterations, 1]
        told = subprocess.run([str(word) for word in words], input=given, capture_output=True, text=True, check=True)
        seconds, _, *parameters = told.stdout.splitlines()
        return float(seconds), np.array([[float(cell) for cell in line.split()] for line in parameters])


def made(values: NDArray[np.float64], folder: Path) -> Yardstick | str:
    """The yardstick for these values, or a line that says why there is none."""
    compiler = next((name for name in ("gcc", "cc", "clang") if shutil.which(name)), None)
    if compiler is None:
        return "The C yardstick is skipped: there is no C compiler."
    program = folder / "yardstick"
    command = [compiler, *FLAGS, str(SOURCE), "-o", str(program), "-lm", "-lpthread"]
    compiled = subprocess.run(command, capture_output=True, text=True, check=False)
    if compiled.returncode:
        return f"The C yardstick is skipped: {compiler} does not compile it ({compiled.stderr.splitlines()[0]})."
    path = folder / "values"
    values.tofile(path)
    return Yardstick(program, path)
