"""What can go wrong for a person, as sentences they can act on."""

from __future__ import annotations


class InputError(ValueError):
    """The file, the column or the options cannot be used; the text is one plain sentence saying why and what to do."""


class Cancelled(Exception):
    """The person asked for this work to stop; nothing is wrong."""
