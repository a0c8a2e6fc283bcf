"""Groups side by side, over the plot of all rows: small histograms on the same axes, or all of them in a table."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QToolButton, QVBoxLayout, QWidget

from emgui import theme as look
from emgui.document import Document
from emgui.grouped import groups_of
from emgui.panels.group_grid import RIGHT, TOP, GroupGrid
from emgui.panels.group_table import GroupTable
from emgui.theme import Theme


class Groups(QWidget):
    """The groups of a document as small histograms on shared axes, or as a table; laid over the plot of all rows."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget, is_figure: bool = False) -> None:
        super().__init__(parent)
        self.document, self.theme = document, theme
        self.grid, self.table = GroupGrid(document, theme, self), GroupTable(self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.grid)
        page = look.named(QWidget(), "sheet")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inside = QVBoxLayout(page)
        inside.setContentsMargins(12, look.px(TOP), int(RIGHT), 8)
        inside.addWidget(self.table)
        self._stack.addWidget(page)
        self.switch = QToolButton(self)
        self.switch.setObjectName("switch")
        self.switch.setFont(look.font(look.CAPTION))
        self.switch.setVisible(not is_figure)
        self.switch.clicked.connect(self.turn)
        self._late = QTimer(self, singleShot=True, interval=0)
        self._late.timeout.connect(self.flush)
        self._say_switch()
        self.hide()

    @property
    def is_table(self) -> bool:
        """Whether the table is shown."""
        return self._stack.currentIndex() == 1

    def turn(self) -> None:
        """From the histograms to the table, or back."""
        self._stack.setCurrentIndex(1 - self._stack.currentIndex())
        self.flush()
        self._say_switch()

    def schedule(self) -> None:
        """Draws soon, once, however often it is asked for."""
        if self.isVisible():
            self._late.start()

    def flush(self) -> None:
        """Draws now."""
        self._late.stop()
        groups = groups_of(self.document)
        self.grid.show_groups(groups)
        if self.is_table:
            self.table.show_groups(groups, self.is_apart)
        self.setAccessibleDescription(self.grid.accessibleDescription())

    @property
    def is_apart(self) -> bool:
        """Whether each group has components of its own."""
        return self.document.data is not None and self.document.data.roles.share == "none"

    def restyle(self, theme: Theme) -> None:
        """Takes the theme's colours."""
        self.theme = self.grid.theme = theme
        self.grid.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The switch stays at the right."""
        super().resizeEvent(event)
        self._place_switch()

    def _say_switch(self) -> None:
        self.switch.setText("as histograms" if self.is_table else "as a table")
        self.switch.setAccessibleName(f"Show the groups {self.switch.text()}")
        self.switch.setToolTip(f"Show the groups {self.switch.text()}")
        self._place_switch()

    def _place_switch(self) -> None:
        self.switch.adjustSize()
        self.switch.move(self.width() - self.switch.width() - int(RIGHT) + 6, 2)
        self.switch.raise_()
