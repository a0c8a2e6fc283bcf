"""A session: the data, every run with its tape and what is looked at, saved as one file and taken up again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.data import Data
from core.errors import InputError, OutputError, listed, shown
from core.io.atomic import replacing
from core.io.opening import opened, regular_file
from core.io.reader import Progress
from core.options import FitOptions
from core.session_archive import LOCAL, LOCAL_SIGN, Archive, Part, write
from core.session_checks import check_data, check_run
from core.session_codec import CodedError, Decoder, Encoder, Json
from core.session_contents import Desk, Glance, SavedRun, Session, Source
from core.session_values import kinds
from core.table import Column, Table
from core.version import version

__all__ = [
    "SUFFIX",
    "Desk",
    "Glance",
    "SavedRun",
    "Session",
    "Source",
    "completed",
    "glance",
    "is_session",
    "open_session",
    "save",
    "source_of",
]

FORMAT, VERSION = "emgui-session", 1
SUFFIX = ".emgui"
EMBEDDED = 100 << 20
"""Bytes of data up to which they are in the session itself; of more it names their file."""
HEAD, DATA = "session", "data"
ELSEWHERE = ("\\\\", "//")
"""What the name of a file on another machine begins with."""


# ---- saving


def save(path: Path | str, session: Session, progress: Progress | None = None) -> None:
    """Writes a session, whole or not at all. progress is told the fraction done and may raise Cancelled.

    Data of more than EMBEDDED bytes that came from a file are not copied: the session names the file and its SHA-256.
    Raises OutputError.
    """
    desk = replace(session.desk, source=_beside(path, session.desk.source))
    data, table = _kept(session)
    try:
        runs = [_part(f"run-{place}", {"run": run}) for place, run in enumerate(session.runs, start=1)]
        told = {
            "format": FORMAT,
            "version": VERSION,
            "emgui": version(),
            "runs": [[part.name, run.number] for part, run in zip(runs, session.runs, strict=True)],
        }
        parts = [_part(HEAD, {"desk": desk}, told), _part(DATA, {"data": data, "table": table}), *runs]
        with replacing(path) as stream:
            write(stream, parts, progress or _unwatched)
    except CodedError as error:
        raise OutputError(f"{shown(Path(path).name)} cannot be written: {error}.") from error


def _part(name: str, values: Mapping[str, object], told: Mapping[str, Json] | None = None) -> Part:
    encoder = Encoder(kinds())
    coded = {key: encoder.encode(value) for key, value in values.items()}
    return Part(name, {**(told or {}), **coded}, encoder.pools)


def _beside(path: Path | str, source: Source | None) -> Source | None:
    """The source with its place beside the session's own."""
    if source is None:
        return None
    try:
        relative = os.path.relpath(source.path, Path(path).absolute().parent)
    except ValueError:  # on another drive
        relative = ""
    return replace(source, relative=Path(relative).as_posix() if relative else "")


def _kept(session: Session) -> tuple[Data | None, Table | None]:
    """The data and the table as they are written: what is too large is left to their file."""
    data, table = session.data, session.table
    if table is not None:  # texts are read from the file again where they are asked for
        table = replace(table, columns=tuple(replace(column, texts=None) for column in table.columns))
    can_be_read_again = session.desk.source is not None
    if data is not None and can_be_read_again and _part(DATA, {"data": data}).n_bytes > EMBEDDED:
        return None, None
    if table is not None and _part(DATA, {"data": data, "table": table}).n_bytes > EMBEDDED:
        names = () if data is None else (*data.columns, *data.roles.named.values())
        table = replace(table, columns=tuple(_without_cells(column, names) for column in table.columns))
    return data, table


def _without_cells(column: Column, but: tuple[str, ...]) -> Column:
    if column.name in but or not column.is_numeric:
        return column
    return replace(column, values=None, levels=None, why_not="numbers that the session leaves in their file")


# ---- opening


def is_session(path: Path | str) -> bool:
    """Whether a file is a session, by its first bytes; one that cannot be read is none."""
    try:
        with regular_file(path).open("rb") as stream:
            head = stream.read(LOCAL.size + len(HEAD) + len(".json"))
    except (InputError, OSError):
        return False
    return head.startswith(LOCAL_SIGN) and head.endswith(f"{HEAD}.json".encode())


def glance(path: Path | str) -> Glance:
    """What a session is called and how many runs it has. Raises InputError where it is none that can be read."""
    file = regular_file(path)
    with opened(file) as stream:
        archive = Archive(stream, _unwatched)
        told, desk = _head(archive, _name(file))
    return Glance(desk.title, sum(number > 0 for _, number in told))


def open_session(path: Path | str, progress: Progress | None = None) -> Session:
    """Reads a session. What is damaged in it is left out and said in `damage`.

    Raises InputError, one sentence, where it is none, of a later version, or has no data that could be read.
    """
    file = regular_file(path)
    name = _name(file)
    with opened(file) as stream:
        archive = Archive(stream, progress or _unwatched)
        told, desk = _head(archive, name)
        try:
            values = _values(archive, DATA)
            data, table = _of(values, "data", Data), _of(values, "table", Table)
            check_data(data, table)
        except CodedError as error:
            raise InputError(_without_data(name, desk)) from error
        runs, lost = [], []
        for part, number in told:
            try:
                run = _of(_values(archive, part), "run", SavedRun)
                if run is None:
                    raise CodedError("there is no run")
                if data is not None:
                    check_run(run, data)
                runs.append((part, run))
            except CodedError:
                lost.append((part, number))
    if data is None and desk.source is None:
        raise InputError(_without_data(name, desk))
    places = [part for part, _ in runs]
    current = None if desk.current is None or desk.current >= len(told) else told[desk.current][0]
    desk = replace(desk, current=places.index(current) if current in places else len(places) - 1 if places else None)
    damage = _damage(name, archive.is_whole, len(told), [number for _, number in lost])
    return Session(desk, data, table, tuple(run for _, run in runs), damage)


def completed(
    session: Session, folder: Path | str, path: Path | str | None = None, progress: Progress | None = None
) -> Session:
    """A session with its data read again, where they are not in it: from their file, wherever it is found.

    folder: the session's own. path: where a person says that the file is now. Raises InputError where the file is not
    there or holds something else; `source_of` says beforehand whether one is there.
    """
    from core.io import read_table
    from core.prepare import prepared

    source = session.desk.source
    if session.data is not None or source is None:
        return session
    found = Path(path) if path is not None else source_of(session, folder)
    if found is None:
        raise InputError(f"The session's data are in {shown(Path(source.path).name)}, which is not where it was.")
    table = read_table(found, source.dialect, progress)
    if table.sha256 != source.sha256:
        raise InputError(
            f"{shown(found.name)} is not the file that the session was made with: its content has changed since."
        )
    data = prepared(table, source.roles)
    runs, lost = [], []
    for run in session.runs:
        try:
            check_run(run, data)
            runs.append(run)
        except CodedError:
            lost.append(run.number)
    damage = session.damage or _damage("The session", True, len(session.runs), lost)
    desk = replace(session.desk, source=replace(source, path=str(found.absolute())))
    if lost:
        desk = replace(desk, current=len(runs) - 1 if runs else None)
    return Session(desk, data, table, tuple(runs), damage)


def source_of(session: Session, folder: Path | str) -> Path | None:
    """Where the file of a session's data is: where it was, or beside the session as it was; None where it is not."""
    source = session.desk.source
    if source is None:
        return None
    places = [source.path, str(Path(folder) / source.relative)] if source.relative else [source.path]
    for place in places:
        try:
            # Looking on another machine would sign in there: that is done only where a person says so.
            if not place.startswith(ELSEWHERE) and Path(place).is_file():
                return Path(place)
        except (OSError, ValueError):
            continue
    return None


def _head(archive: Archive, name: str) -> tuple[list[tuple[str, int]], Desk]:
    """The runs that a session says it has, each as part and number, and its desk. Raises InputError."""
    if not archive.members:
        raise InputError(f"{name} is no session of emgui, or so damaged that nothing of it can be read.")
    try:
        head = archive.document(HEAD)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise CodedError("it does not say what it is")
    except CodedError as error:
        if DATA not in archive.names:
            raise InputError(f"{name} is no session of emgui, or so damaged that nothing of it can be read.") from error
        return [(part, 0) for part in archive.names if part.startswith("run-")], Desk(FitOptions())
    if not isinstance(head.get("version"), int) or head["version"] > VERSION:
        made = shown(str(head.get("emgui", "?")))
        raise InputError(
            f"{name} was saved by emgui {made} in version {shown(str(head.get('version')))} of its format, and this is "
            f"emgui {version()}, which reads up to version {VERSION}: open it with the newer emgui."
        )
    told = head.get("runs")
    runs = [(str(one[0]), int(one[1])) for one in told if _is_told(one)] if isinstance(told, list) else []
    try:
        desk = _of(_values(archive, HEAD), "desk", Desk)
    except CodedError:
        desk = None
    return runs, desk or Desk(FitOptions())


def _is_told(one: object) -> bool:
    return isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) and isinstance(one[1], int)


def _values(archive: Archive, part: str) -> tuple[Json, Decoder]:
    document, pools = archive.read(part)
    if not isinstance(document, dict):
        raise CodedError(f"{part} holds nothing")
    return document, Decoder(kinds(), pools)


def _of(values: tuple[Json, Decoder], key: str, kind: type[Any]) -> Any:
    """A value of that kind, or None. Raises CodedError where it is of another."""
    document, decoder = values
    value = decoder.decode(document.get(key))
    if value is not None and not isinstance(value, kind):
        raise CodedError(f"{key} is of the wrong kind")
    return value


# ---- words


def _name(file: Path) -> str:
    return shown(file.name)


def _without_data(name: str, desk: Desk) -> str:
    made_of = f" of {shown(desk.title)}" if desk.title else ""
    return f"{name} is damaged: its data could not be read, and its runs mean nothing without the data{made_of}."


def _damage(name: str, is_whole: bool, n_runs: int, lost: list[int]) -> str:
    """What could be read of a damaged session, in one sentence; "" where all could."""
    if is_whole and not lost:
        return ""
    n_read = n_runs - len(lost)
    read = "the data" if not n_runs else f"the data and {n_read} of {n_runs} {'run' if n_runs == 1 else 'runs'}"
    numbers = [f"run {number}" if number else "a start" for number in lost]
    rest = f"; {listed(numbers)} {'is' if len(lost) == 1 else 'are'} damaged" if lost else ", and nothing is missing"
    return f"{name} is damaged: {read} could be read{rest}."


def _unwatched(fraction: float) -> None:
    pass
