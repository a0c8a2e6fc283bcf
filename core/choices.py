"""Choices as data: a frozen dataclass whose fields say their label, help and limits, for forms, flags and manual."""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any

from core.errors import InputError, shown


def choice(default: Any, label: str, text: str, **more: Any) -> Any:
    """A field with metadata: label, help, and either choices (with titles to show for them) or a range (low, high)."""
    return field(default=default, metadata={"label": label, "help": text, **more})


def check_choices(chosen: Any, named: str = "--{}") -> None:
    """Raises InputError, naming the first field whose value is not allowed. named: what a person calls a field."""
    for item in fields(chosen):
        value, choices, limits = getattr(chosen, item.name), item.metadata.get("choices"), item.metadata.get("range")
        name = named.format(flag_of(item))
        if choices is not None and not item.metadata.get("open") and value not in choices:
            raise InputError(f"{name} must be one of {', '.join(choices)}; “{shown(str(value))}” is none of them.")
        if limits is not None and not limits[0] <= value <= limits[1]:
            raise InputError(f"{name} must be from {_plain(limits[0])} to {_plain(limits[1])}; {value} is not.")


def _plain(limit: float) -> str:
    return f"{limit:.0f}" if float(limit).is_integer() else f"{limit:g}"


def flag_of(item: Field[Any]) -> str:
    """What the command line calls a field."""
    name: str = item.metadata.get("flag", item.name)
    return name.replace("_", "-")
