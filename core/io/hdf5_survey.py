"""A program of its own: goes through all that an HDF5 file says of its datasets, and ends with status 0 if it can.

The format's library never ends on some damaged files, takes all memory on others, and ends its whole process on some.
So a file is gone through here first, apart from the window, with a limit, and can be stopped at any time.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST_MEMORY = 2 << 30
"""Bytes of memory that this program may have."""
MOST_SECONDS = 8
"""Of work, however long that takes on a busy machine."""


def main(path: Path) -> None:
    """Raises whatever h5py does where it cannot go on."""
    import h5py

    _limit()

    def visit(name: str, thing: Any) -> None:
        _ = [thing.attrs.get_id(key).dtype for key in thing.attrs]
        if isinstance(thing, h5py.Dataset):
            with suppress(TypeError):  # a type that NumPy does not know
                _ = thing.dtype
            properties = thing.id.get_create_plist()
            _ = thing.shape, thing.is_virtual, thing.external, thing.id.get_offset(), properties.get_nfilters()
            if thing.chunks is not None and thing.shape is not None:
                thing.id.get_num_chunks()

    with h5py.File(path, "r") as file:
        file.visititems(visit)


def _limit() -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system knows such limits
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        limit = MOST_SECONDS if most == resource.RLIM_INFINITY else min(MOST_SECONDS, most)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, most))


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    main(Path(sys.argv[2]))
