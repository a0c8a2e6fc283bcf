"""The strip at the top: open, sample data, the transport with its position, speed, export."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QSlider, QToolButton, QWidget

from emgui import theme as looks
from emgui.document import Document
from emgui.run import Phase
from emgui.theme import Theme, named
from emgui.transport import SPEEDS, Transport

COMPACT_BELOW, ICONS_BELOW = 1152, 860
"""Width in px at scale 1 below which the form is short, and below which it is icons alone."""


KEY = 34
"""Width of a key of the transport that is an icon alone."""


class Toolbar(QWidget):
    """Buttons for the window's actions. Where it is narrow for its text the side buttons become icons and labels lose
    their words; where it is narrower still the keys of the transport are icons, too.
    """

    def __init__(
        self,
        document: Document,
        transport: Transport,
        actions: dict[str, QAction],
        menus: dict[str, QMenu],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.transport, self._actions, self._theme = document, transport, actions, theme
        self.setObjectName("toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(looks.px(48) + 1)
        self._icons: list[tuple[QToolButton, str]] = []
        self._is_compact = False
        self._open = self._button("open", "open", "Open")
        self._samples = self._menu_button("sample_data", "Sample data", menus["samples"])
        self._export = self._menu_button("export", "Export", menus["export"])
        self._transport = self._transport_strip()
        self._speed_word, self._speed_text = QLabel("Speed"), QLabel()
        self._speed_word.setProperty("dim", True)
        self._speed_text.setMinimumWidth(looks.px(48))
        self.slider = self._speed_slider()
        self._lay_out()
        self._set_speed(self.slider.value())
        self.restyle(theme)
        self.refresh()

    def restyle(self, theme: Theme) -> None:
        """Takes on another theme: icons are drawn anew in its ink."""
        self._theme = theme
        for button, name in self._icons:
            button.setIcon(looks.icon(name, theme))
        self._show_run_button()

    def refresh(self) -> None:
        """Shows what the transport does, and where the cursor stands."""
        if self._run.property("running") != self._is_running:
            self._show_run_button()
        moment = self.document.moment
        for button, phase in ((self._e_step, Phase.E), (self._m_step, Phase.M)):
            lit = moment is not None and moment.phase is phase and not (self.document.playing and self.document.fast)
            if button.property("lit") != ("true" if lit else "false"):
                button.setProperty("lit", "true" if lit else "false")
                ink = self._theme.accent if lit else None
                button.setIcon(looks.icon(button.objectName(), self._theme, ink))
                _repolish(button)
        if not self._position.hasFocus():
            self._position.setText("–" if moment is None else f"{moment.number:,}")
        run = self.document.current
        shown_end = run is not None and run.is_ready and not self.document.playing and run.last_number > 0
        self._of.setText(f"of {run.last_number:,}" if shown_end and run is not None else "")
        self._position.setEnabled(moment is not None)
        self._fit_place()
        for part in (self.slider, self._speed_word, self._speed_text, self._export):
            part.setEnabled(self.document.data is not None)

    def edit_position(self) -> None:
        """Lets a number be typed: the iteration to go to."""
        self._position.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._position.selectAll()

    def change_speed(self, by: int) -> None:
        """One notch faster or slower."""
        self.slider.setValue(self.slider.value() + by)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Switches between the full and the short form."""
        super().resizeEvent(event)
        width = event.size().width()
        self.set_compact(width < looks.px(COMPACT_BELOW), width < looks.px(ICONS_BELOW))

    def set_compact(self, compact: bool, icons: bool = False) -> None:
        """Icons alone at the sides, and no words beside position and speed; with icons none on the transport."""
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in (self._open, self._samples, self._export):
            button.setToolButtonStyle(style)
        beside = Qt.ToolButtonStyle.ToolButtonIconOnly if icons else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button, wide in ((self._run, 88), (self._e_step, 86), (self._m_step, 86)):
            button.setToolButtonStyle(beside)
            button.setFixedWidth(looks.px(KEY if icons else wide))
        self._speed_word.setVisible(not compact)
        self._word.setVisible(not compact)
        self._of.setVisible(not compact)
        self._is_compact = compact
        self._fit_place()

    def _fit_place(self) -> None:
        """As wide as the largest number so far needs, never narrower: nothing jumps while a run goes on."""
        run = self.document.current
        digits = max(4, len(f"{run.last_number:,}") if run is not None and run.is_ready else 0)
        digit = self.fontMetrics().horizontalAdvance("0")
        words = self._word.sizeHint().width() + self.fontMetrics().horizontalAdvance("of ")
        wide = 24 + 12 + digit * digits
        self._place.setFixedWidth(wide if self._is_compact else 24 + words + 2 * digit * digits + 20)

    # ---- parts

    def _button(self, action: str, icon: str, text: str = "") -> QToolButton:
        button = named(QToolButton(), action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(looks.px(20), looks.px(20)))
        source = self._actions[action]
        button.setText(text)
        button.setToolTip(source.toolTip())
        button.setAccessibleName(source.toolTip())
        button.setFixedHeight(looks.px(28))
        button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        button.clicked.connect(source.trigger)
        button.setEnabled(source.isEnabled())
        source.enabledChanged.connect(button.setEnabled)
        self._icons.append((button, icon))
        return button

    def _menu_button(self, icon: str, text: str, menu: QMenu) -> QToolButton:
        button = named(QToolButton(), icon)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(looks.px(20), looks.px(20)))
        button.setFixedHeight(looks.px(28))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(text)
        button.setAccessibleName(text)
        self._icons.append((button, icon))
        return button

    def _transport_strip(self) -> QFrame:
        strip = named(QFrame(), "transport")
        strip.setFixedHeight(looks.px(34))
        row = QHBoxLayout(strip)
        row.setContentsMargins(3, 2, 3, 2)
        row.setSpacing(2)
        self._run = self._button("run", "run", "Run")
        self._run.setFixedWidth(looks.px(88))
        self._e_step, self._m_step = (
            self._button("e_step", "e_step", "E step"),
            self._button("m_step", "m_step", "M step"),
        )
        for button in (self._e_step, self._m_step):
            button.setFixedWidth(looks.px(86))
        ends = [self._button(name, name if name.startswith("to_") else f"step_{name}") for name in ("to_start", "back")]
        starts = [
            self._button(name, name if name.startswith("to_") else f"step_{name}") for name in ("forward", "to_end")
        ]
        for button in (*ends, *starts):
            button.setFixedWidth(looks.px(KEY))
        for button in (*ends, self._run):
            row.addWidget(button)
        row.addWidget(_divider())
        row.addWidget(self._e_step)
        row.addWidget(self._m_step)
        row.addWidget(_divider())
        for button in starts:
            row.addWidget(button)
        row.addWidget(_divider())
        row.addWidget(self._position_box())
        return strip

    def _position_box(self) -> QWidget:
        self._place = QWidget()
        row = QHBoxLayout(self._place)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self._word, self._of = QLabel("Iteration"), QLabel()
        self._word.setProperty("dim", True)
        self._of.setProperty("dim", True)
        self._position = QLineEdit("–", alignment=Qt.AlignmentFlag.AlignCenter)
        self._position.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._position.setAccessibleName("Iteration; type a number to go there")
        self._position.setToolTip("Type a number to go to that iteration (Ctrl+G)")
        self._position.setFixedHeight(looks.px(26))
        self._position.setTextMargins(0, 0, 0, 0)
        self._position.returnPressed.connect(self._go)
        row.addWidget(self._word)
        row.addWidget(self._position, 1)
        row.addWidget(self._of)
        return self._place

    def _speed_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, len(SPEEDS) - 1)
        slider.setPageStep(1)
        slider.setFixedWidth(looks.px(92))
        slider.setMinimumHeight(looks.px(16))
        slider.setAccessibleName("Speed")
        slider.setToolTip("From one half-step a second to as fast as it goes")
        slider.setValue(len(SPEEDS) - 1)
        slider.valueChanged.connect(self._set_speed)
        return slider

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 1)
        row.setSpacing(8)
        row.addWidget(self._open)
        row.addWidget(self._samples)
        row.addStretch(1)
        row.addWidget(self._transport)
        row.addStretch(1)
        row.addWidget(self._speed_word)
        row.addWidget(self.slider)
        row.addWidget(self._speed_text)
        row.addSpacing(16)
        row.addWidget(self._export)

    # ---- what they do

    def _show_run_button(self) -> None:
        playing = self.document.playing
        self._run.setText("Pause" if playing else "Run")
        ink = self._theme.on_accent if playing else self._theme.ink
        self._run.setIcon(looks.icon("pause" if playing else "run", self._theme, ink))
        if self._run.property("running") != self._is_running:
            self._run.setProperty("running", self._is_running)
            _repolish(self._run)

    @property
    def _is_running(self) -> str:
        return "true" if self.document.playing else "false"

    def _set_speed(self, notch: int) -> None:
        speed = SPEEDS[notch]
        words = {0.5: "½ it/s", float("inf"): "max"}
        self._speed_text.setText(words.get(speed, f"{speed:g} it/s"))
        self.slider.setAccessibleDescription(self._speed_text.text())
        self.transport.set_speed(speed)

    def _go(self) -> None:
        text = self._position.text().replace(",", "").strip()
        self._position.clearFocus()
        run = self.document.current
        if run is not None and text.isdigit():
            self.transport.go_to(min(2 * int(text) + 1, run.last_position) if int(text) else 0)
        self.refresh()


def _divider() -> QFrame:
    divider = named(QFrame(), "divider")
    divider.setFixedSize(1, looks.px(20))
    return divider


def _repolish(widget: QWidget) -> None:
    widget.style().unpolish(widget)
    widget.style().polish(widget)
