"""The one question the window asks: whether runs that were neither saved nor exported may go."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QWidget


class Answer(Enum):
    """What a person wants done with runs that were neither saved nor exported."""

    FORGET = "forget"
    SAVE = "save"
    EXPORT = "export"
    KEEP = "keep"


def ask_about_runs(n: int, parent: QWidget) -> Answer:
    """Asks whether n runs may be forgotten."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Unsaved runs")
    count = "1 run has" if n == 1 else f"{n} runs have"
    box.setText(f"{count} not been saved.")
    box.setInformativeText(f"Going on forgets {'it' if n == 1 else 'them'}.")
    forget = box.addButton("Forget it" if n == 1 else "Forget them", QMessageBox.ButtonRole.DestructiveRole)
    save = box.addButton("Save session…", QMessageBox.ButtonRole.AcceptRole)
    export = box.addButton("Export the shown run…", QMessageBox.ButtonRole.ActionRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.setEscapeButton(cancel)
    box.exec()
    if box.clickedButton() is save:
        return Answer.SAVE
    if box.clickedButton() is export:
        return Answer.EXPORT
    return Answer.FORGET if box.clickedButton() is forget else Answer.KEEP
