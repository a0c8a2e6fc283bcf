"""HDF5 files, those of pandas and netCDF 4 among them: datasets as columns or tables."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, shown
from core.io import hdf5_survey
from core.io.arrays import Held, chosen, columns_of, most_unpacked, passed_over, refuse_inflated
from core.io.hdf5_texts import PLACES, SIGNATURE, texts
from core.io.opening import fingerprinting
from core.io.reader import Progress, Reader
from core.io.typed import table_of
from core.table import Dialect, Table

MOST_DATASETS = 10_000
BLOCK_BYTES = 1 << 24
SURVEY_SECONDS, POLL_SECONDS = 60.0, 0.1
"""How long a file is gone through at most before it is read, and how often it is looked whether to go on."""
_DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, NotImplementedError)
"""What h5py raises over what makes no sense."""
_OF_PANDAS = re.compile(r"(.*/)?(axis\d+|block\d+_items|index|_i_table/.*)")


def _recognises(head: bytes) -> bool:
    return not head.startswith(b"MATLAB") and any(head[place:].startswith(SIGNATURE) for place in PLACES)


def _read(path: Path, dialect: Dialect, progress: Progress) -> Table:
    with fingerprinting(path) as digest:
        return replace(_table(path, dialect, progress), sha256=digest())


READER = Reader("hdf5", "an HDF5 file", (".h5", ".hdf5", ".hdf", ".nc"), _recognises, _read)


def _table(path: Path, dialect: Dialect, progress: Progress) -> Table:
    """The table, without its fingerprint."""
    with opened_file(path, progress) as file:
        every = datasets(path, file, progress)
        table = chosen(path, every, dialect.sheet.strip("/") if dialect.sheet is not None else None)
        columns = columns_of(path, table, dialect.missing)
    told = Dialect(missing=dialect.missing, sheet=table[0].name)
    return table_of(path, "hdf5", columns, told, passed_over(every, table))


@contextmanager
def opened_file(path: Path, progress: Progress) -> Iterator[Any]:
    """The file as h5py knows it. Raises InputError where it is damaged, now or while it is read, or h5py is missing."""
    try:
        import h5py

        _survey(path, Path(h5py.__file__).parents[1], progress)
    except ImportError as error:
        raise InputError(
            f'{shown(path.name)} is an HDF5 file; to read it, install what that takes: pip install "emgui[hdf5]".'
        ) from error
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{shown(path.name)} does not fit into memory.") from error
    except _DAMAGE as error:
        raise InputError(f"{shown(path.name)} is a damaged HDF5 file, or another program is writing to it.") from error


def _survey(path: Path, library: Path, progress: Progress) -> None:
    """Raises InputError unless the program of `hdf5_survey` comes to an end with the file."""
    program = [sys.executable, "-I", hdf5_survey.__file__, str(library), str(path)]
    last = monotonic() + SURVEY_SECONDS
    with subprocess.Popen(
        program,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        try:
            while process.poll() is None and monotonic() < last:
                progress(0.0)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_SECONDS)
        finally:
            process.kill()
    if process.returncode:
        raise InputError(f"{shown(path.name)} is a damaged HDF5 file, or another program is writing to it.")


def datasets(path: Path, file: Any, progress: Progress) -> list[Held]:
    """The datasets of a file by their paths; links out of it are not followed."""
    import h5py

    found: list[Held] = []
    of_pandas: list[str] = []

    def visit(name: str, thing: Any) -> None:
        if isinstance(thing, h5py.Group) and "pandas_type" in thing.attrs:
            of_pandas.append(f"{name}/")
        if isinstance(thing, h5py.Dataset):
            found.append(_held(path, name, thing, progress))
            if len(found) > MOST_DATASETS:
                raise InputError(
                    f"{shown(path.name)} holds more than {MOST_DATASETS:,} datasets; save some by themselves."
                )

    file.visititems(visit)
    return [held for held in found if not (held.name.startswith(tuple(of_pandas)) and _OF_PANDAS.fullmatch(held.name))]


def _held(path: Path, name: str, dataset: Any, progress: Progress) -> Held:
    """What a dataset says of itself; one of a type that NumPy does not know is held as one of objects."""
    import h5py

    try:
        dtype: np.dtype[Any] = dataset.dtype
    except TypeError:
        dtype = np.dtype(object)
    shape = dataset.shape if dataset.shape is not None else ()
    why_not = ""
    if h5py.check_string_dtype(dtype) is not None and dtype.hasobject:
        if dataset.id.get_offset() is not None and len(shape) == 1:
            dtype = np.dtype("U1")  # whatever their length
        else:
            why_not = "texts that lie scattered in the file; save them with a fixed length"
    elif dtype.fields and dtype.hasobject:
        plain = [(field, kind[0]) for field, kind in dtype.fields.items() if not kind[0].hasobject]
        dtype = np.dtype(plain) if plain else np.dtype(object)
    return Held(name, shape, dtype, partial(_array, path, dataset, dtype, progress), _names(dataset), why_not)


def _names(dataset: Any) -> tuple[str, ...]:
    """The names that pandas gives the columns of a block, kept in a dataset beside it."""
    last = dataset.name.rpartition("/")[2]
    if not re.fullmatch(r"block\d+_values", last):
        return ()
    items = dataset.parent.get(last.replace("_values", "_items"))
    if items is None or items.dtype.kind != "S" or items.shape != dataset.shape[1:]:
        return ()
    return tuple(item.decode("utf-8", "backslashreplace") for item in items[...].tolist())


def _array(path: Path, dataset: Any, dtype: np.dtype[Any], progress: Progress) -> NDArray[Any]:
    """All of a dataset. Raises InputError where it is not in the file itself, or is packed in an unknown way."""
    name = f"“{shown(dataset.name.strip('/'))}” of {shown(path.name)}"
    if dataset.is_virtual or dataset.external:
        raise InputError(f"{name} lies in other files, which are not opened; open the file that holds it.")
    _refuse_filters(name, dataset)
    for shape in (dataset.shape, dataset.chunks or ()):
        refuse_inflated(path, prod(shape) * dataset.dtype.itemsize)
    if dtype.kind == "U":
        return _texts(path, dataset)
    source = dataset.fields(list(dtype.names)) if dtype.names and dataset.dtype != dtype else dataset
    cells = np.empty(dataset.shape, dtype)
    rows = max(BLOCK_BYTES // max(cells[:1].nbytes, 1), 1)
    for first in range(0, len(cells), rows):
        cells[first : first + rows] = source[first : first + rows]
        progress(min(first + rows, len(cells)) / len(cells))
    return cells


def _texts(path: Path, dataset: Any) -> NDArray[Any]:
    """Texts as objects."""
    most = most_unpacked(path)
    try:
        cells = list(texts(path, dataset.id.get_offset(), len(dataset), most))
    except OverflowError:
        refuse_inflated(path, most + 1)
    except ValueError as error:
        raise InputError(f"{shown(path.name)} is a damaged HDF5 file: it holds {error}.") from error
    return np.array(cells, dtype=object)


def _refuse_filters(name: str, dataset: Any) -> None:
    import h5py

    properties = dataset.id.get_create_plist()
    for i in range(properties.get_nfilters()):
        code, _, _, words = properties.get_filter(i)
        if not h5py.h5z.filter_avail(code):
            what = shown(words.decode("utf-8", "backslashreplace")) or f"number {code}"
            raise InputError(
                f"{name} is packed by a filter that is not installed ({what}); save it unpacked or as gzip."
            )
