"""The report: what it was measured on, and a section for each thing measured."""

from __future__ import annotations

import math
import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.peers import skipped
from tests.benchmarks.rounds import table, threads

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("numpy", "numba", "scikit-learn", "daal", "scikit-learn-intelex", "mlpack", "pandas", "pyqtgraph")

ABOUT = """# Benchmarks

Written by `make bench`, which measures emgui beside other programs on one machine and replaces the sections that it
measures again. Numbers are medians with the smallest and the largest of all rounds; programs take turns in every round.
"Times emgui's" is how many times as long another program takes, round by round. Targets are those of the project."""


def load_kernels() -> bool:
    """Has the compiled passes ready before anything is timed; whether there are any."""
    from core.kernels import load

    return load()


def machine() -> str:
    """The machine and the versions of what runs on it."""
    rows = [
        ("processor", f"{_processor()}, {threads()} threads used"),
        ("memory", f"{memory() / 2**30:.0f} GB"),
        ("system", f"{platform.system()} {platform.release()}, {_distribution()}"),
        ("passes over the rows", "compiled" if load_kernels() else "NumPy's: nothing can be compiled here"),
        ("Python", platform.python_version()),
        *((name, _version(name)) for name in PACKAGES),
    ]
    return "\n\n".join(["## The machine", table(("what", "which"), rows), *skipped()])


def measured_when(began: float, busy: float) -> str:
    """The day, the state of the code, and how much others disturbed since: perf_counter and busy_with_others then."""
    command = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    share = (busy_with_others() - busy) / (time.perf_counter() - began) / (os.cpu_count() or 1)
    others = "" if math.isnan(share) else f" Other processes took {max(0.0, share):.0%} of the processors meanwhile."
    return f"Measured on {time.strftime('%Y-%m-%d')}{f', revision {told}' if told else ''}.{others}"


def busy_with_others() -> float:
    """Seconds that processors have spent on other processes than this and its children; NaN where none can tell."""
    status = Path("/proc/stat")
    if not status.exists():
        return math.nan
    user, nice, system, _, _, *rest = (float(word) for word in status.read_text(encoding="utf-8").split()[1:9])
    own = os.times()
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK") - sum(own[:4])


def put(path: Path, title: str, text: str, order: list[str]) -> None:
    """Writes a section in its place. Sections that were measured elsewhere, or with other versions, are dropped."""
    here = machine()
    sections: dict[str, str] = {}
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if here in old:
        parts = old.split("\n## ")[2:]
        sections = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    sections[title] = text
    whole = [ABOUT, here, *(f"## {name}\n\n{sections[name]}" for name in order if name in sections)]
    path.write_text("\n\n".join(whole) + "\n", encoding="utf-8")


def memory() -> int:
    """Bytes of memory in this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()
