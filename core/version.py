"""Which emgui this is."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def version() -> str:
    """The version, as packaged or as the source tree says; "unknown" where neither is there."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as packaged

    try:
        return packaged("emgui")
    except PackageNotFoundError:
        return _of_source_tree()


def _of_source_tree() -> str:
    import tomllib

    try:
        with PROJECT.open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"
