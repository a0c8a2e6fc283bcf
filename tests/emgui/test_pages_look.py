"""Pages look as the window does: the same colours, in light and in dark, and when printed."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from emgui.theme import DARK, LIGHT, Theme

NAMES = ("chrome", "well", "line", "edge", "ink", "ink2", "grid", "bars", "future", "accent", "warning")


def blocks(file: str) -> list[dict[str, str]]:
    """The variables that each `:root` of a style sheet sets."""
    text = (resources.files("resources") / "pages" / file).read_text(encoding="utf-8")
    return [dict(re.findall(r"--([\w-]+): ([^;]+);", inside)) for inside in re.findall(r":root \{(.*?)\}", text, re.S)]


def check(values: dict[str, str], theme: Theme) -> None:
    expected = {name: getattr(theme, name) for name in NAMES}
    expected |= {"ground": theme.plot, "on-accent": theme.on_accent, "warning-ground": theme.warning_ground}
    expected |= {f"c{place}": colour for place, colour in enumerate(theme.components, 1)}
    expected |= {f"on{place}": theme.on_component(place).name().upper() for place in range(1, 9)}
    assert {name: value for name, value in values.items() if name in expected} == {
        name: expected[name] for name in values if name in expected
    }
    assert float(values["fill"]) == theme.fill
    assert {f"c{place}" for place in range(1, 9)} <= values.keys()


@pytest.mark.parametrize(("place", "theme"), [(0, LIGHT), (1, DARK)])
def test_pages_have_the_colours_of_the_theme(place: int, theme: Theme) -> None:
    values = blocks("page.css")[place]
    check(values, theme)
    assert set(NAMES) <= values.keys()


def test_a_report_is_printed_in_light_colours() -> None:
    check(blocks("report.css")[0], LIGHT)
