"""The manual, on F1: contents on the left, the text on the right, and a field to search in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from importlib import resources

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QKeySequence,
    QShortcut,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from core.algorithms import ALGORITHMS
from core.choices import flag_of
from core.families import FAMILIES
from core.families.family import Setting
from core.options import FitOptions
from emgui import theme as looks
from emgui.dialogs.parts import Line, theme_now

BLOCK = Qt.ItemDataRole.UserRole
SIZES = {1: looks.TITLE, 2: 16, 3: looks.TEXT}


class ManualDialog(QDialog):
    """Reads beside the window: it stays open while one works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("emgui manual")
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self.text = QTextBrowser(openExternalLinks=True)
        self.text.setObjectName("manual")
        self.text.setAccessibleName("Manual")
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setStyleSheet("#manual { border: none; border-radius: 0; }")
        self.contents = QListWidget()
        self.contents.setObjectName("contents")
        self.contents.setAccessibleName("Contents")
        self.contents.setFrameShape(QListWidget.Shape.NoFrame)
        self.contents.setFixedWidth(looks.px(232))
        self.contents.setStyleSheet("#contents::item { height: 28px; padding-left: 4px; border-radius: 5px; }")
        self.search = QLineEdit(placeholderText="Search", clearButtonEnabled=True)
        self.search.setAccessibleName("Search the manual")
        self.missing = QLabel("Not found.")
        self.missing.setProperty("caption", True)
        self.missing.hide()
        self._build()
        self.fill()
        self.contents.currentItemChanged.connect(self._go_to)
        self.search.textChanged.connect(self._find_first)
        self.search.returnPressed.connect(self.find_next)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        self.resize(looks.window_size(980, 720))

    def fill(self) -> None:
        """Sets the text in the colours of the theme, and lists its headings."""
        document = self.text.document()
        document.setDefaultFont(looks.font())
        document.setMarkdown(manual_text(), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        document.setDocumentMargin(28)
        _set_type(document)
        self.contents.clear()
        for block in _blocks(document):
            if block.blockFormat().headingLevel() == 2:
                item = QListWidgetItem(block.text(), self.contents)
                item.setData(BLOCK, block.blockNumber())
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def find_next(self) -> None:
        """Goes to the next place where the searched words stand, from the end back to the beginning."""
        words = self.search.text()
        found = not words or self.text.find(words)
        if not found:
            self.text.moveCursor(QTextCursor.MoveOperation.Start)
            found = self.text.find(words)
        self.missing.setVisible(not found)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes on another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.contents.count():
            self.fill()

    def _find_first(self) -> None:
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self.find_next()

    def _go_to(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        block = self.text.document().findBlockByNumber(item.data(BLOCK))
        self.text.moveCursor(QTextCursor.MoveOperation.End)  # so that the heading comes to stand at the top
        self.text.setTextCursor(QTextCursor(block))
        top = self.text.document().documentLayout().blockBoundingRect(block).top()
        self.text.verticalScrollBar().setValue(round(top) - 16)

    def _build(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(16, 16, 8, 16)
        side.setSpacing(12)
        side.addWidget(self.search)
        side.addWidget(self.missing)
        side.addWidget(self.contents, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(side)
        whole.addWidget(Line(vertical=True))
        whole.addWidget(self.text, 1)


def manual_text() -> str:
    """The manual as Markdown, its tables put in from the options, families and variants themselves."""
    text = (resources.files("resources") / "manual.md").read_text(encoding="utf-8")
    tables = {"options": _option_rows, "families": _family_rows, "algorithms": _algorithm_rows}
    for name, rows in tables.items():
        text = text.replace(f"{{{{{name}}}}}", "\n".join(rows()))
    return text


def _family_rows() -> Iterator[str]:
    yield "| family | parameters | of |"
    yield "|---|---|---|"
    for name, make in FAMILIES.items():
        family = make(Setting())
        parameters = ", ".join(parameter.replace("_", " ") for parameter in family.parameter_names)
        yield f"| {name} | {parameters} | {family.support or 'any numbers'} |"


def _algorithm_rows() -> Iterator[str]:
    yield "| algorithm | what it does | an iteration is | its options |"
    yield "|---|---|---|---|"
    for name, variant in ALGORITHMS.items():
        options = "; ".join(f"`{flag_of(item)}={item.default}` {item.metadata['help']}" for item in fields(variant))
        yield f"| {name} | {variant.summary} | {variant.iteration} | {options} |"


def _option_rows() -> Iterator[str]:
    yield "| field | option | meaning | default |"
    yield "|---|---|---|---|"
    for item in fields(FitOptions):
        meta = item.metadata
        if "help" not in meta:
            continue
        flag = "--" + meta.get("flag", item.name).replace("_", "-")
        default = "" if item.default is MISSING else _plain(item.default)
        choices = ", ".join(meta["choices"]) if meta.get("choices") else ""
        meaning = meta["help"] + (f" ({choices})" if choices else "")
        yield f"| {meta['section']}: {meta['label']} | `{flag}` | {meaning} | {default} |"


def _plain(value: object) -> str:
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:g}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return f"{value:,}" if isinstance(value, int) else str(value)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _set_type(document: QTextDocument) -> None:
    """Sizes, space and colours: Markdown itself says only what is a heading, a table or code."""
    theme = theme_now()
    for block in _blocks(document):
        level, cursor = block.blockFormat().headingLevel(), QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        space = QTextBlockFormat()
        space.setLineHeight(135.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if level:
            space.setTopMargin(28 if level == 2 else 16 if level > 2 else 0)
            space.setBottomMargin(8)
            cursor.setCharFormat(_letters(looks.font(SIZES.get(level, looks.TEXT), 600)))
        elif _is_code(block):
            cursor.setCharFormat(_letters(_code_font()))
            space.setLeftMargin(16)
            space.setBottomMargin(0 if _is_code(block.next()) else 12)
        elif cursor.currentTable() is None:
            space.setBottomMargin(8 if block.textList() is None else 4)
        cursor.mergeBlockFormat(space)
    for table in _tables(document):
        _set_table(table, theme.line)


def _is_code(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeLanguage.value)


def _letters(font: QFont) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(font)
    return made


def _tables(document: QTextDocument) -> Iterator[QTextTable]:
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            yield frame


def _set_table(table: QTextTable, colour: str) -> None:
    form = table.format()
    form.setBorder(1)
    form.setBorderCollapse(True)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(QColor(colour))
    form.setCellPadding(6)
    form.setCellSpacing(0)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    form.setTopMargin(8)
    form.setBottomMargin(12)
    table.setFormat(form)


def _code_font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(12)
    return font
