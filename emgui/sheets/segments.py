"""A strip of buttons of which one is lit: which of a few pictures is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from emgui.theme import named


class Segments(QWidget):
    """Buttons side by side, one of them lit; the arrow keys go from one to the next. `chosen` carries its place."""

    chosen = Signal(int)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """choices: text and tool tip of each."""
        super().__init__(parent)
        self.setAccessibleName(name)
        around = QHBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        strip = named(QWidget(), "transport")
        strip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(strip)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        around.addWidget(strip)
        around.addStretch(1)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        for place, (text, tip) in enumerate(choices):
            made = QToolButton()
            made.setText(text)
            made.setToolTip(tip)
            made.setCheckable(True)
            made.setAccessibleName(text)
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(made, place)
            row.addWidget(made)
        self._group.idToggled.connect(self._toggled)
        self._group.button(0).setChecked(True)

    @property
    def place(self) -> int:
        """The place of the button that is lit."""
        return self._group.checkedId()

    def button(self, place: int) -> QToolButton:
        """The button at a place."""
        made = self._group.button(place)
        assert isinstance(made, QToolButton)
        return made

    def _toggled(self, place: int, is_on: bool) -> None:
        button = self.button(place)
        button.setProperty("lit", "true" if is_on else "false")
        button.style().unpolish(button)
        button.style().polish(button)
        if is_on:
            self.chosen.emit(place)
