"""How emgui looks: the tokens of light and dark, the palette, the style sheet, component colours, pens and icons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import floor
from string import Template
from typing import TypeVar

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as #RRGGBB, by the part they play."""

    name: str
    chrome: str
    well: str
    line: str
    edge: str
    plot: str
    field: str
    ink: str
    ink2: str
    ink3: str
    grid: str
    bars: str
    future: str
    accent: str
    on_accent: str
    tint: str
    error: str
    error_ground: str
    warning: str
    warning_ground: str
    components: tuple[str, ...]
    fill: float
    bar_tint: float

    def component(self, identity: int) -> QColor:
        """The colour of a component by its number, the same wherever it appears; past the palette it begins again."""
        return QColor(self.components[(identity - 1) % len(self.components)])

    def is_dashed(self, identity: int) -> bool:
        """Whether a component beyond the palette is told apart by a dashed line."""
        return (identity - 1) // len(self.components) % 2 == 1

    def on_component(self, identity: int) -> QColor:
        """Black or white, whichever can be read better on the component's colour."""
        colour = self.component(identity)
        return QColor(
            "#000000" if contrast(colour, QColor("#000000")) >= contrast(colour, QColor("#FFFFFF")) else "#FFFFFF"
        )

    def tinted(self, identity: int) -> QColor:
        """The component's colour mixed into the plot's ground: histogram bars that carry responsibilities."""
        return mixed(QColor(self.plot), self.component(identity), self.bar_tint)

    def bars_alone(self) -> QColor:
        """Histogram bars where no curve is drawn over them yet."""
        return mixed(QColor(self.bars), QColor(self.ink2), 0.35)


LIGHT = Theme(
    name="light",
    chrome="#F4F5F6", well="#E8EAED", line="#DCDFE3", edge="#C6CBD1", plot="#FFFFFF", field="#FFFFFF",
    ink="#1B1D21", ink2="#5A626B", ink3="#8C949D", grid="#EEF0F2", bars="#DFE3E7", future="#B9BFC6",
    accent="#5A54D6", on_accent="#FFFFFF", tint="#E9E8FA",
    error="#B3261E", error_ground="#FBEBE9", warning="#8A5A00", warning_ground="#FBF1DC",
    components=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5E5500", "#6B7280"),
    fill=0.12, bar_tint=0.26,
)  # fmt: skip
DARK = Theme(
    name="dark",
    chrome="#1E2023", well="#2B2E32", line="#33373C", edge="#4A5057", plot="#131416", field="#26292D",
    ink="#ECEEF0", ink2="#A3ABB3", ink3="#707982", grid="#202327", bars="#2C3035", future="#4D545C",
    accent="#9D99FF", on_accent="#14122E", tint="#2E2D4D",
    error="#FF8A80", error_ground="#2F2123", warning="#F0C05A", warning_ground="#352C1A",
    components=("#0F80CC", "#EE6A0C", "#0CAB7C", "#CE8FC0", "#86D6FF", "#F8BC24", "#FFF59A", "#787E87"),
    fill=0.16, bar_tint=0.30,
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}


INDICATORS = (
    QStyle.PixelMetric.PM_IndicatorWidth,
    QStyle.PixelMetric.PM_IndicatorHeight,
    QStyle.PixelMetric.PM_ExclusiveIndicatorWidth,
    QStyle.PixelMetric.PM_ExclusiveIndicatorHeight,
)


class QuietStyle(QProxyStyle):
    """Fusion, with the underlines of mnemonics only while Alt is held."""

    def styleHint(  # noqa: N802
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803
    ) -> int:
        """Answers for the underlines itself."""
        if hint == QStyle.StyleHint.SH_UnderlineShortcut:
            return int(bool(QGuiApplication.queryKeyboardModifiers() & Qt.KeyboardModifier.AltModifier))
        return super().styleHint(hint, option, widget, returnData)

    def pixelMetric(  # noqa: N802
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Boxes to tick grow with their text."""
        usual = super().pixelMetric(metric, option, widget)
        return px(usual) if metric in INDICATORS else usual


Named = TypeVar("Named", bound=QWidget)
TEXT, CAPTION, TITLE = 13, 11, 22
"""Font sizes in px at scale 1: text and numbers; captions, ticks and notes; page titles."""
USUAL = (11.5, 15.0)
"""Sizes in px that systems come with: a font within them asks for no other size than ours."""
SMALLEST, LARGEST = 0.8, 2.0
"""How far the scale follows the system's font."""
LENGTH = re.compile(r"(?:\((\d+)-([12])\)|\b(\d+))px")
"""A length of the style sheet: 6px, or (6-1)px, which is a pixel less than 6px are at the scale."""


def system_theme() -> Theme:
    """The theme that the system asks for; light where it does not say."""
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(application: QApplication, theme: Theme) -> None:
    """Gives the whole application the theme: Fusion, a palette with all roles, one style sheet."""
    application.setPalette(palette(theme))
    sheet = style_sheet(theme)
    if application.styleSheet() != sheet:  # else it is on, and to give it again would take as long as making a window
        application.setStyle(QuietStyle("Fusion"))
        application.setStyleSheet(sheet)


def application_font() -> QFont:
    """Inter where the system has it, else the system's own, with figures of one width."""
    family = "Inter" if "Inter" in QFontDatabase.families() else QGuiApplication.font().family()
    font = QFont(family)
    font.setPixelSize(round(TEXT * scale_for(float(QFontInfo(QGuiApplication.font()).pixelSize()))))
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def scale_for(size: float) -> float:
    """How much larger than usual everything is to be where the system's font has this size in px."""
    low, high = USUAL
    return 1.0 if low <= size <= high else min(LARGEST, max(SMALLEST, size / TEXT))


def scale() -> float:
    """How much larger than usual text is, and with it what holds text: 1 for a system's usual font."""
    size = QGuiApplication.font().pixelSize()
    return size / TEXT if size > 0 else 1.0


def px(length: float) -> int:
    """A length, in px at scale 1, at the scale of the text; hairlines of 1 and 2 px stay."""
    return floor(length * scale() + 0.5) if length > 2 else floor(length)


def room(length: float) -> int:
    """A width of a panel, in px at scale 1: it grows slower than its text, which wraps."""
    return floor(length * (1.0 + 0.6 * (scale() - 1.0)) + 0.5)


def window_size(width: int, height: int) -> QSize:
    """The size of a window, in px at scale 1, grown with its text as far as the screen has room for it."""
    screen = QGuiApplication.primaryScreen().availableSize()
    return QSize(
        max(width, min(room(width), screen.width() - 40)), max(height, min(room(height), screen.height() - 60))
    )


def font(size: int = TEXT, weight: int = 400) -> QFont:
    """The application's font in a size (px at scale 1) and a weight."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(px(size))
    made.setWeight(QFont.Weight(weight))
    return made


def palette(theme: Theme) -> QPalette:
    """All roles of the palette."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: theme.chrome, roles.WindowText: theme.ink, roles.Base: theme.field, roles.Text: theme.ink,
        roles.AlternateBase: theme.well, roles.Button: theme.field, roles.ButtonText: theme.ink,
        roles.BrightText: theme.error, roles.Highlight: theme.tint, roles.HighlightedText: theme.ink,
        roles.ToolTipBase: theme.field, roles.ToolTipText: theme.ink, roles.PlaceholderText: theme.ink3,
        roles.Link: theme.accent, roles.LinkVisited: theme.accent, roles.Accent: theme.accent,
        roles.Light: theme.field, roles.Midlight: theme.well, roles.Mid: theme.line, roles.Dark: theme.edge,
        roles.Shadow: theme.edge,
    }  # fmt: skip
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.ink3))
    return made


def style_sheet(theme: Theme) -> str:
    """The one style sheet, its tokens filled in."""
    text = LENGTH.sub(_scaled, (resources.files("resources") / "style.qss").read_text(encoding="utf-8"))
    values = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    return Template(text).substitute(values, **_arrows(theme), knob=px(10) // 2 + 1)


def _scaled(length: re.Match[str]) -> str:
    whole, less, plain = length.groups()
    return f"{px(int(plain)) if plain else px(int(whole)) - int(less)}px"


def pen(colour: QColor | str, width: float, dashed: bool = False, ratio: float = 1.0) -> QPen:
    """A cosmetic pen of `width` px. Plot pens count device pixels: give the screen's ratio."""
    made = QPen(QColor(colour), width * ratio)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        made.setDashPattern([4.0, 3.0])
    return made


def named(widget: Named, name: str) -> Named:
    """The widget, with the name by which the style sheet knows it."""
    widget.setObjectName(name)
    return widget


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """`share` of a colour in a ground."""

    def between(one: int, other: int) -> int:
        return round(one + (other - one) * share)

    return QColor(
        between(ground.red(), colour.red()),
        between(ground.green(), colour.green()),
        between(ground.blue(), colour.blue()),
    )


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of two colours (WCAG 2), from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def icon(name: str, theme: Theme, ink: str | None = None) -> QIcon:
    """One of our icons in the theme's ink (or another), grey when disabled."""
    made = QIcon()
    inks = (
        (QIcon.Mode.Normal, ink or theme.ink),
        (QIcon.Mode.Active, ink or theme.ink),
        (QIcon.Mode.Disabled, theme.ink3),
    )
    for mode, colour in inks:
        for ratio in (1, 2, 3):
            made.addPixmap(pixmap(name, colour, px(20), ratio), mode)
    return made


@cache
def pixmap(name: str, colour: str, size: int = 20, scale: int = 1) -> QPixmap:
    """An icon drawn in one colour at `size` px for a screen of that scale."""
    made = QPixmap(size * scale, size * scale)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(_svg(name, colour))).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


def _svg(name: str, colour: str) -> bytes:
    source = (resources.files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return source.replace("currentColor", colour).encode()


def _arrows(theme: Theme) -> dict[str, str]:
    """Style sheets take images from files only: chevrons of this theme's ink, written once into a temporary folder."""
    folder = _arrow_folder()
    names = {"arrow_down": 0.0, "arrow_up": 180.0}
    paths = {}
    for name, angle in names.items():
        size = px(12)
        path = f"{folder}/{name}-{theme.name}-{size}.png"
        for ratio, suffix in ((1, ""), (2, "@2x")):
            _turned(pixmap("menu", theme.ink2, size, ratio), angle).save(path.replace(".png", f"{suffix}.png"))
        paths[name] = path
    return paths


@cache
def _arrow_folder() -> str:
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="emgui-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder.replace("\\", "/")


def _turned(image: QPixmap, angle: float) -> QPixmap:
    from PySide6.QtGui import QTransform

    return image.transformed(QTransform().rotate(angle)) if angle else image


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(c) for c in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
