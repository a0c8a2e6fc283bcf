"""Pages of HTML that stand alone: whatever came from a file is text in them, and they never ask a network."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib import resources
from math import isfinite
from typing import Any

from core.errors import shown

VOID = ("meta", "input", "br", "line", "path", "rect", "circle")
"""Elements that hold nothing."""


@dataclass(frozen=True)
class Markup:
    """Text that is HTML already. Every other text becomes it by `escaped`."""

    text: str


Part = Markup | str


def escaped(text: str) -> str:
    """Text as HTML: no letter of it is markup, and control characters and direction marks are spelled out."""
    visible = "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )
    return escape(visible, quote=True)


def element(tag: str, *parts: Part, **attributes: str | float | None) -> Markup:
    """An element with its parts, in order.

    Attributes: class_ is class, aria_label is aria-label; None leaves one out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(_plain(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Markup(f"<{tag}{written}>" if tag in VOID[:3] else f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{joined(parts).text}</{tag}>")


def joined(parts: Iterable[Part], between: str = "") -> Markup:
    """Parts one after the other."""
    return Markup(between.join(part.text if isinstance(part, Markup) else escaped(part) for part in parts))


def name(text: str) -> Markup:
    """A name from a file: cut short where it is long, and kept from turning the words around it."""
    return element("bdi", shown(text))


def table(
    head: Iterable[Part], rows: Iterable[Iterable[Part]], caption: Part = "", class_: str | None = None
) -> Markup:
    """A table with a head; the first cell of each row heads the row."""
    top = element("thead", element("tr", *(element("th", cell, scope="col") for cell in head)))
    lines = (
        element("tr", *(element("td", cell) if i else element("th", cell, scope="row") for i, cell in enumerate(row)))
        for row in rows
    )
    words = [element("caption", caption)] if caption else []
    return element("table", *words, top, element("tbody", *lines), class_=class_)


def facts(rows: Iterable[tuple[Part, Part]]) -> Markup:
    """What is so, a line each: a word and what it stands for."""
    pairs = (part for word, value in rows for part in (element("dt", word), element("dd", value)))
    return element("dl", *pairs)


def json_block(values: Any, identity: str) -> Markup:
    """Numbers and texts for a script to read. No text in them can end the block or begin a comment."""
    text = json.dumps(values, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f'<script type="application/json" id="{identity}">{text}</script>')


def page(title: str, styles: Iterable[str], *body: Part, script: str = "") -> str:
    """A whole page. styles and script are names of files in `resources`, which become part of it.

    A browser is told to run this script and no other, and to fetch nothing at all.
    """
    style = "\n".join(_resource(file) for file in styles)
    code = _resource(script) if script else ""
    policy = [
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(code)}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Markup(f"<style>{style}</style>"),
    )
    scripts = [Markup(f"<script>{code}</script>")] if code else []
    whole = element("html", head, "\n", element("body", *body, *scripts), lang="en")
    return f"<!DOCTYPE html>\n{whole.text}\n"


def icon(name: str) -> Markup:
    """One of the program's icons, in the colour of the text around it."""
    drawing = _resource(f"icons/{name}.svg")
    return Markup(drawing.replace("<svg ", '<svg class="icon" aria-hidden="true" ', 1))


def number_or_none(value: float) -> float | None:
    """A number as JSON can hold it: None where there is none."""
    return float(value) if isfinite(value) else None


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _resource(file: str) -> str:
    return (resources.files("resources") / file).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
