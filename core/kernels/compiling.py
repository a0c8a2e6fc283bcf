"""When kernels are compiled: by set-up, or in the background of the first window; never while somebody waits for a fit.

    python -m core.kernels

compiles all of them into numba's cache and leaves a stamp, which names what they were compiled from and for.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
STAMP = "emgui-kernels"
BACKGROUND = "--background"
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
    with suppress(OSError):  # where nothing can be kept, it is there for as long as this process lives
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    _known[:] = [True]


def background() -> list[str] | None:
    """The command that compiles in a process of its own; None where there is nothing to compile."""
    return [sys.executable, "-m", "core.kernels", BACKGROUND] if is_available() and not is_compiled() else None


@cache
def _stamp() -> Path:
    """The file that is there when all is compiled: beside numba's own, or among the person's caches."""
    from importlib.metadata import version  # slow to import, and a window is to be there soon

    sources = [(path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(HERE.glob("*.py"))]
    versions = [version(package) for package in ("numba", "llvmlite", "numpy")]
    told = (sources, sys.version, versions, _processor())
    folder = HERE / "__pycache__"
    if not os.access(folder if folder.is_dir() else HERE, os.W_OK):
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emgui"
    return folder / f"{STAMP}-{sha256(repr(told).encode()).hexdigest()[:16]}"


def _processor() -> str:
    """What the processor can do, as far as the system says so: kernels are compiled for this one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    return " ".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
