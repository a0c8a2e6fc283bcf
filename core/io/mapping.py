"""Files that stand in memory without being copied, though another program may write to them."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys
import weakref
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread, current_thread

LEAST_BYTES = 1 << 20
"""Size from which on it is worth it."""
POLL_SECONDS = 0.25
"""How often it is looked whether somebody wants to write."""
SLOWEST_DISK = 100_000_000
"""Bytes a second that a file can be copied at in any case."""
LOCAL = {0xEF53: "ext", 0x58465342: "xfs", 0x9123683E: "btrfs", 0xF2F52010: "f2fs", 0x01021994: "tmpfs"}
"""File systems, by the number statfs has for them, that nobody can write to past this system's leases."""
BREAK_TIME = Path("/proc/sys/fs/lease-break-time")

_MAP_FAILED = ctypes.c_void_p(-1).value
_MREMAP_MAYMOVE, _MREMAP_FIXED = 1, 2


def mapped(path: Path) -> mmap.mmap | None:
    """The bytes of a file as they are now and stay, in memory that is the system's copy of the file; or None.

    Mapped memory alone would change when another program writes to the file, and end this process when one cuts it
    short. So it is held by a read lease (Linux, fcntl(2), F_SETLEASE): whoever opens the file to write, or cuts it,
    waits until the lease is given back, and that is done once a copy has taken the place of the file in our memory, at
    the same addresses. None where there is no such lease: on other systems and file systems, where the file is not our
    own, where it is open for writing, or where it is too small, or too large to be copied in the time that is given.
    """
    if not sys.platform.startswith("linux"):
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        memory = _leased(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    if memory is None:
        os.close(descriptor)
        return None
    ended: SimpleQueue[None] = SimpleQueue()
    thread = Thread(
        target=_watch, args=(weakref.ref(memory), descriptor, ended), name=f"lease {path.name}", daemon=True
    )
    thread.start()
    # It is of no use at exit, when nobody reads any more; and the queue is of the kind that a destructor may put into.
    weakref.finalize(memory, _end, thread, ended).atexit = False
    return memory


def _leased(descriptor: int) -> mmap.mmap | None:
    """The file mapped, and leased before; None where there is no lease, and then none is held."""
    import fcntl

    size = os.fstat(descriptor).st_size
    try:
        longest = int(BREAK_TIME.read_text(encoding="ascii")) * SLOWEST_DISK
        if not (LEAST_BYTES <= size <= longest and _file_system(descriptor) in LOCAL):
            return None
        # The system tells of a break by a signal, which would end us were it not one that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        if os.fstat(descriptor).st_size != size:
            return None
        return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None


def _watch(held: weakref.ref[mmap.mmap], descriptor: int, ended: SimpleQueue[None]) -> None:
    """Waits until the memory is gone, or somebody wants to write to the file; and gives the lease back."""
    import fcntl

    try:
        while True:
            try:
                ended.get(timeout=POLL_SECONDS)
                return
            except Empty:
                pass
            if fcntl.fcntl(descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK:
                memory = held()  # keeps it where it is meanwhile
                if memory is not None:
                    _detach(memory, descriptor)
                return
    finally:
        os.close(descriptor)


def _end(thread: Thread, ended: SimpleQueue[None]) -> None:
    ended.put(None)
    if thread is not current_thread():
        thread.join(timeout=1.0)


def _detach(memory: mmap.mmap, descriptor: int) -> None:
    """Puts a copy in the place of the mapped file, at once for all threads that read it, and gives the lease back."""
    import fcntl

    import numpy as np

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]
    size, place = len(memory), np.frombuffer(memory, dtype=np.uint8).ctypes.data
    writable, private = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    copy = libc.mmap(None, size, writable, private, -1, 0)
    if copy == _MAP_FAILED:
        raise MemoryError(f"no memory for a copy of {size:,} bytes")
    view = memoryview((ctypes.c_char * size).from_address(copy)).cast("B")
    done = 0
    while done < size and (n := os.preadv(descriptor, [view[done:]], done)):
        done += n
    del view
    if libc.mremap(copy, size, size, _MREMAP_MAYMOVE | _MREMAP_FIXED, place) == _MAP_FAILED:
        raise OSError(ctypes.get_errno(), "the copy cannot be moved")
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        # The system has not waited, since we were stopped for too long: whose bytes these are is not known. As doubles
        # they are made NaN, which no fit takes for numbers.
        ctypes.memset(place, 0xFF, size)


def _file_system(descriptor: int) -> int:
    """The number by which statfs(2) knows a file system."""
    told = (ctypes.c_long * 64)()
    libc = ctypes.CDLL(None, use_errno=True)
    return int(told[0]) if libc.fstatfs(descriptor, told) == 0 else 0
