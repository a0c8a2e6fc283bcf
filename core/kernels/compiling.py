"""When kernels are compiled: by set-up, or in the background of the first window; never while somebody waits for a fit.

    python -m core.kernels.compiling

compiles all of them into numba's cache and leaves a stamp, which names what they were compiled from and for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
STAMP = "emgui-kernels"
_known: list[bool] = []


def is_available() -> bool:
    """Whether numba is there at all."""
    return find_spec("numba") is not None


def is_compiled() -> bool:
    """Whether all kernels lie compiled in numba's cache, so that using one takes no longer than reading it."""
    if not _known and is_available() and _stamp().exists():
        _known.append(True)
    return bool(_known)


def compile_all() -> None:
    """Compiles what is not in the cache, and leaves the stamp. Takes some ten seconds from nothing."""
    stamp = _stamp()
    if not stamp.exists():
        # Numba sees that a kernel's own file has changed, but not that one has from which it takes a function.
        for pattern in ("*.nbi", "*.nbc", f"{STAMP}-*"):
            for old in stamp.parent.glob(pattern):
                old.unlink(missing_ok=True)
    for path in HERE.glob("[!_]*.py"):  # signatures are given, so that to import is to compile
        import_module(f"core.kernels.{path.stem}")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    _known[:] = [True]


def compile_in_background() -> subprocess.Popen[bytes] | None:
    """Starts a process that compiles, where there is something to compile; the program goes on meanwhile."""
    if not is_available() or is_compiled():
        return None
    return subprocess.Popen(
        [sys.executable, "-m", "core.kernels.compiling"],
        cwd=HERE.parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _stamp() -> Path:
    """The file that is there when all is compiled: beside numba's own, or among the person's caches."""
    import llvmlite.binding as llvm
    import numba
    import numpy

    sources = [(path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(HERE.glob("*.py"))]
    told = (sources, sys.version, numba.__version__, numpy.__version__, llvm.get_host_cpu_name())
    folder = HERE / "__pycache__"
    if not os.access(folder if folder.is_dir() else HERE, os.W_OK):
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emgui"
    return folder / f"{STAMP}-{sha256(repr(told).encode()).hexdigest()[:16]}"


if __name__ == "__main__":
    compile_all()
