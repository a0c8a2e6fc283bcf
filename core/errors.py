"""What can go wrong for a person, as sentences they can act on, and how foreign text is shown inside them."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN_CHARACTERS = 60
"""How much of a name or a cell a message shows."""

SHOWN_NAMES = 20
"""How many names a message lists."""


class InputError(ValueError):
    """The file, the column or the options cannot be used; the text is one plain sentence saying why and what to do."""


class OutputError(OSError):
    """A file could not be written; the text is one plain sentence saying why. Whatever was there before is whole."""


class Cancelled(Exception):  # noqa: N818 (it is no error)
    """The person asked for this work to stop; nothing is wrong."""


def shown(text: str) -> str:
    """Text from a file as it may stand in a message: control characters spelled out, long text cut short.

    A terminal obeys escape sequences and direction marks; nothing that came from a file may reach it as they are.
    """
    cut = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in cut)


def listed(names: Iterable[str]) -> str:
    """Names from a file as a list inside a message: each as `shown` has it, and at most a screenful of them."""
    every = list(names)
    more = [f"and {len(every) - SHOWN_NAMES} more"] if len(every) > SHOWN_NAMES else []
    return ", ".join([shown(name) for name in every[:SHOWN_NAMES]] + more)
