"""The rows of a fit inside a script: read from their file again, or written into it where the file is no plain text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.errors import InputError, shown
from core.families.observed import LEAST_SHARE, Observed
from core.mixture import Mixture
from core.transforms import original_columns

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit

MOST_EMBEDDED = 20_000
"""Rows that are written into a script; more make a file that no editor likes."""
MOST_RANGES = 100_000
"""Stretches of rows that a script lists."""
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
"""What compressed files begin with."""


@dataclass(frozen=True)
class Rows:
    """The part of a Python script that has load(), which gives rows, values and counts; and the modules it needs."""

    python: str
    modules: tuple[str, ...] = ()


def scripted(fit: Fit) -> Mixture:
    """The mixture of the population, that a script is about. Raises InputError for a model that is no mixture."""
    mixture = fit.mixture.plain
    if mixture.family.shared:
        raise InputError(f"{mixture.family.title} is no mixture of distributions: no script is written of it.")
    return mixture


def rows_of(fit: Fit) -> Rows:
    """How a script comes by the rows. Raises InputError where it cannot."""
    data = fit.data
    if _is_plain_text(data):
        ranges = _ranges(data)
        if len(ranges) <= MOST_RANGES:
            return _read(data, ranges)
    if len(data) <= MOST_EMBEDDED:
        return _embedded(fit)
    raise InputError(
        f"A script reads text tables only, and {shown(data.source)} has too many rows to be written into it: "
        "save the rows as CSV, fit that file, and write the script then."
    )


def _is_plain_text(data: Data) -> bool:
    """Whether a script can read the rows from their file by itself."""
    origin = data.origin
    if origin is None or origin.format != "delimited" or not data.form.is_plain or not Path(origin.path).is_file():
        return False
    with Path(origin.path).open("rb") as file:
        return not file.read(8).startswith(PACKED)


def _ranges(data: Data) -> list[tuple[int, int]]:
    """The rows that were used, as stretches from a first to a last."""
    if data.rows is None:
        return [(1, len(data))]
    breaks = np.flatnonzero(np.diff(data.rows) != 1)
    firsts = data.rows[np.concatenate([[0], breaks + 1])]
    lasts = data.rows[np.concatenate([breaks, [len(data) - 1]])]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def numbers(values: Iterable[Any]) -> str:
    """Numbers as they stand in a list, with every digit, some on each line."""
    texts = [repr(one) for one in values]
    lines = [", ".join(texts[first : first + 8]) for first in range(0, len(texts), 8)]
    return ",\n    ".join(lines)


def known_numbers(fit: Fit) -> NDArray[np.int64]:
    """The number of the component that each row is known to be of, (n,); 0 where it is not known."""
    data, family = fit.data, fit.mixture.family
    assert data.seen is not None
    assert isinstance(family, Observed)
    codes = data.seen[:, data.form.columns.index("labels")].astype(np.int64)
    ids = np.array([*(fit.mixture.ids[k] if k >= 0 else 0 for k in family.labelled), 0])
    return np.asarray(ids[codes])


LOAD = '''
def load():
    """The rows that were fitted: their numbers in the file, their values, and how much each counts."""
{lines}
'''

# ---- written into the script


def _embedded(fit: Fit) -> Rows:
    data = fit.data
    numbered = range(1, len(data) + 1) if data.rows is None else data.rows.tolist()
    shape = "" if data.n_features == 1 else f".reshape(-1, {data.n_features})"
    parts = [
        f"values = np.array([\n    {numbers(data.values.ravel().tolist())}\n]){shape}",
        "counts = np.ones(len(values))" if data.counts is None else _array("counts", data.counts),
        f"rows = [\n    {numbers(numbered)}\n]",
    ]
    told: dict[str, Array] = {}
    if data.seen is not None:
        told = {name: data.seen[:, place] for place, name in enumerate(data.form.columns)}
        parts += [_array(name, told[name]) for name in ("lower", "upper", "errors") if name in told]
        if "labels" in told:
            parts.append(f"labels = np.array([\n    {numbers(known_numbers(fit).tolist())}\n])")
    if data.form.groups:
        parts.append(f"groups = np.array([\n    {numbers(told['groups'].astype(np.int64).tolist())}\n])")
        relative = _of_groups(fit)
        parts.append(f"RELATIVE = np.array([\n    {numbers(relative.ravel().tolist())}\n]).reshape({relative.shape})")
    if data.form.truncate is not None:
        parts += [_array(name, np.array([end])) for name, end in zip(("LOW", "HIGH"), data.form.truncate, strict=True)]
    return Rows("\n".join(parts) + "\n\n" + _transform(data) + LOAD.format(lines="    return rows, values, counts\n"))


def _of_groups(fit: Fit) -> Array:
    """ln w / w' of each component and group, (K, G): its weight in the group and among all rows."""
    mixture, family = fit.mixture, fit.mixture.family
    assert isinstance(family, Observed)
    shares = family.group_shares(mixture.parameters)[np.argsort(mixture.ids)]
    return np.asarray(np.log(np.maximum(shares, LEAST_SHARE)) - np.log(np.array(family.form.group_shares)))


def _array(name: str, values: Array) -> str:
    """An array as a line of the script; infinite numbers have a name there."""
    finite = numbers(values.tolist()).replace("inf", "math.inf")
    return f"{name} = np.array([\n    {finite}\n])"


# ---- read again

READING = '''
def records(path):
    """The rows of the file as texts; comments and blank lines are no rows, and the first may hold the names."""
    blank = " \\n\\f\\v" if DELIMITER == "\\t" else " \\t\\n\\f\\v"
    between = True

    def lines():
        nonlocal between
        with open(path, encoding=ENCODING) as file:
            for number, line in enumerate(file, 1):
                if number < HEADER:
                    continue
                if number == HEADER:
                    line = line.lstrip().removeprefix("#")
                text = line.strip(blank)
                if between and (not text or re.match("#(?!N/A|DIV/0!|REF!|VALUE!|NAME\\\\?|NUM!|NULL!)", text)):
                    continue
                between = False
                yield line.strip().replace("\\t", " ") + "\\n" if DELIMITER == " " else line

    for cells in csv.reader(lines(), delimiter=DELIMITER or "\\x1f", strict=True, skipinitialspace=True):
        between = True
        yield cells


def unique(cells):
    """Names of the columns: an empty one is called by its place, and equal ones are numbered."""
    names = []
    for place, cell in enumerate(cells, 1):
        base = name = cell.strip() or f"column {place}"
        copy = 1
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        names.append(name)
    return names


def read(path):
    """The rows that were fitted: their numbers in the file, and a row of numbers for each."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != SHA256:
        sys.exit(f"{path} is not the file that was fitted, or it has changed since.")
    table = records(path)
    first = next(table)
    if not HEADER:
        table = itertools.chain([first], table)
    names = unique(first if HEADER else [""] * len(first))
    places = [names.index(name) for name in COLUMNS]
    ranges = iter(USED)
    start, stop = next(ranges)
    rows, found = [], []
    for number, cells in enumerate(table, 1):
        if number > stop:
            start, stop = next(ranges, (math.inf, math.inf))
        if start <= number <= stop:
            rows.append(number)
            found.append([float(cells[place].replace(DECIMAL, ".")) for place in places])
    return rows, np.array(found)

'''


def _read(data: Data, ranges: list[tuple[int, int]]) -> Rows:
    """The part of a script that reads the rows again. Every text is written so that it cannot end what it stands in."""
    assert data.origin is not None
    dialect, beside = data.origin.dialect, data.counted_by or data.weighted_by
    columns = [*original_columns(data), *([beside] if beside else [])]
    constants = [
        f"FILE = {data.origin.path!a}",
        f"SHA256 = {data.sha256!a}",
        f"COLUMNS = [{', '.join(map(ascii, columns))}]",
        f"DELIMITER, DECIMAL = {dialect.delimiter!a}, {dialect.decimal!a}",
        f"ENCODING, HEADER = {dialect.encoding!a}, {dialect.header or 0}",
        f"USED = [\n    {numbers(ranges)}\n]",
        '"""First and last of each stretch of rows that were fitted; rows are lines of data from 1."""',
    ]
    d = data.n_features
    taken = "found[:, 0]" if d == 1 else f"found[:, :{d}]"
    lines = ["rows, found = read(FILE)"]
    lines.append(f"counts = found[:, {d}]" if beside else "counts = np.ones(len(found))")
    if data.weighted_by:
        lines += ["counts = counts / counts.max()", "counts = counts / counts.mean()"]
    lines.append(f"return rows, transformed({taken}), counts" if data.transform else f"return rows, {taken}, counts")
    load = LOAD.format(lines="".join(f"    {line}\n" for line in lines))
    text = "\n".join(constants) + "\n\n" + READING + _transform(data) + load
    return Rows(text, ("csv", "hashlib", "itertools", "re"))


FORWARD = {"log": "np.log(x)", "log10": "np.log10(x)", "sqrt": "np.sqrt(x)", "reciprocal": "1.0 / x"}


def _transform(data: Data) -> str:
    """The function that puts values of the file on the scale of the fit; nothing where that is theirs."""
    if not data.transform:
        return ""
    formula = FORWARD.get(data.transform)
    if formula is None:
        centres, units = ([float(one[place]) for one in data.scale] for place in (0, 1))
        formula = f"(x - np.array({centres!r})) / np.array({units!r})"
    return f'''
def transformed(x):
    """Values of the file as they were fitted."""
    return {formula}

'''
