"""Walking through a JSON text value by value, so that a long list never stands in memory as objects at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any

LONGEST_INTEGER = 400
"""Digits; longer ones are beyond a double in any case, and slow to read."""
_BLANKS = re.compile(r"[ \t\r\n]*")
_AFTER_ELEMENT = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")


class RepeatedKeyError(ValueError):
    """An object has a key twice, so that it is not clear what it says."""


class Cursor:
    """A place in a JSON text.

    Every method raises JSONDecodeError where the text is none, RecursionError where it is nested too deeply, and
    RepeatedKeyError.
    """

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def sign(self) -> str:
        """The sign that stands next, blanks passed over; "" at the end."""
        blanks = _BLANKS.match(self.text, self.at)
        assert blanks is not None
        self.at = blanks.end()
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """The whole value that begins here, where blanks have been passed over."""
        value, self.at = _DECODER.raw_decode(self.text, self.at)
        return value

    def elements(self) -> Iterator[None]:
        """Stops at each element of the list that begins here; whoever asks takes the value."""
        self._take("[")
        if self.sign() == "]":
            self.at += 1
            return
        while True:
            yield
            after = _AFTER_ELEMENT.match(self.text, self.at)
            if after is None:
                self.sign()
                raise JSONDecodeError("Expecting , or ]", self.text, self.at)
            self.at = after.end()
            if after[1] == "]":
                return

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here, stopping at each value; whoever asks takes it."""
        self._take("{")
        if self.sign() == "}":
            self.at += 1
            return
        seen: set[str] = set()
        while True:
            if self.sign() != '"':
                raise JSONDecodeError("Expecting a name in double quotes", self.text, self.at)
            key = self.value()
            if key in seen:
                raise RepeatedKeyError(key)
            seen.add(key)
            self._take(":")
            self.sign()
            yield key
            if self._take(",}") == "}":
                return

    def end(self) -> None:
        """Makes sure that nothing follows."""
        if self.sign():
            raise JSONDecodeError("Extra data", self.text, self.at)

    def _take(self, signs: str) -> str:
        sign = self.sign()
        if not sign or sign not in signs:
            raise JSONDecodeError(f"Expecting {' or '.join(signs)}", self.text, self.at)
        self.at += 1
        return sign


def whole(text: str) -> Any:
    """The one value in a text. Raises what `Cursor` does."""
    return _DECODER.decode(text)


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return record


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_record, parse_int=_integer)
