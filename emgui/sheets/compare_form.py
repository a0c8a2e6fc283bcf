"""Which models are to be compared: numbers of components, families, covariances, restarts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.constraints import NONE
from core.data import Data
from core.errors import InputError
from core.families import FAMILIES, MODELS
from core.families.family import Setting
from core.options import COVARIANCES, MOST_COMPONENTS, FitOptions
from core.selection.models import Skipped, combinations
from core.start import STARTS
from emgui import theme as looks
from emgui.dialogs.parts import button, dim, heading
from emgui.forms import spin
from emgui.panels.model_form import OF_SEVERAL_COLUMNS
from emgui.sheets.compare_words import called
from emgui.theme import named

FEWEST, MOST, RESTARTS, MOST_RESTARTS = 1, 6, 10, 1000
WIDTH = 220
"""In px at scale 1: it grows as its fields do, which do not wrap."""
LOOKED_AT = 10_000
"""Rows by which it is seen which families can take the values."""
OF_MODELS = ("n_components", "family", "covariance", "restarts", "start", "constraints")
TITLES = {"full": "full (own sd)", "tied": "tied (one sd)", "diag": "diagonal", "spherical": "spherical"}


class CompareForm(QScrollArea):
    """The choices on the left of the sheet. `start_wanted` asks to fit what they say."""

    start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fewest = spin("Fewest components", 1, MOST_COMPONENTS, FEWEST)
        self.most = spin("Most components", 1, MOST_COMPONENTS, MOST)
        self.restarts = spin("Restarts", 1, MOST_RESTARTS, RESTARTS)
        self.restarts.setToolTip("Starts to try for each model; the best proper optimum is kept")
        self.families = {name: QCheckBox(called(name, "full")) for name in FAMILIES}
        self.covariances = {name: QCheckBox(TITLES[name]) for name in COVARIANCES}
        self.constraints = QCheckBox("Keep the constraints")
        self.constraints.setChecked(True)
        self.start = button("Start", primary=True)
        self.start.setToolTip("Fit every combination and rank them")
        self.start.clicked.connect(self.start_wanted)
        for name, box in self.families.items():
            box.setAccessibleName(f"Family {box.text()}")
            box.toggled.connect(self._follow)
            box.setChecked(name == "gaussian")
        for box in self.covariances.values():
            box.setAccessibleName(f"Covariance {box.text()}")
            box.setChecked(True)
        self.fewest.valueChanged.connect(lambda value: self.most.setValue(max(value, self.most.value())))
        self.most.valueChanged.connect(lambda value: self.fewest.setValue(min(value, self.fewest.value())))
        self._lay_out()
        self._seen: Data | None = None

    def show_choices(self, data: Data | None, options: FitOptions) -> None:
        """Follows the data and the options of the window: what cannot be fitted cannot be chosen."""
        self.start.setEnabled(data is not None and options.family not in MODELS)
        self.constraints.setVisible(bool(options.constraints.items))
        texts = "; ".join(f"{one.kind} {one.text}" for one in options.constraints.items)
        self.constraints.setToolTip(f"Hold parameters in every model: {texts}")
        several = data is not None and data.n_features > 1
        for name in OF_SEVERAL_COLUMNS:
            self.covariances[name].setVisible(several)
        if data is None:
            return
        values = data.values[:LOOKED_AT, 0]
        values = np.concatenate([values, data.minimum[:1], data.maximum[:1]])
        for name, box in self.families.items():
            family = FAMILIES[name](Setting(trials=options.trials if name == "binomial" else None))
            needs_trials = name == "binomial" and options.trials is None
            fits = not needs_trials and bool(family.supports(values).all()) and (name == "gaussian" or not several)
            box.setEnabled(fits)
            words = "Needs trials: choose the binomial in the window first" if needs_trials else ""
            takes = f"Takes {family.support}" if family.support else "Takes any number"
            box.setToolTip(words or takes)
            if not fits:
                box.setChecked(False)
        if data is not self._seen:
            self._seen = data
            first = options.family.split("+")[0]
            for name, box in self.families.items():
                box.setChecked(name == first and box.isEnabled())
        self._follow()

    def models(self, data: Data, options: FitOptions) -> tuple[tuple[FitOptions, ...], tuple[Skipped, ...]]:
        """The options of every model that is asked for, and combinations that make no sense.

        Raises InputError where nothing is left.
        """
        families = [name for name, box in self.families.items() if box.isChecked()]
        covariances = [name for name, box in self.covariances.items() if box.isChecked() and not box.isHidden()]
        if not families:
            raise InputError("Choose at least one family.")
        if "gaussian" not in families:
            covariances = ["full"]
        if not covariances:
            raise InputError("Choose at least one covariance.")
        given = {name: getattr(options, name) for name in FitOptions.__dataclass_fields__ if name not in OF_MODELS}
        keep = self.constraints.isChecked() and not self.constraints.isHidden()
        return combinations(
            range(self.fewest.value(), self.most.value() + 1),
            families,
            covariances,
            data.n_features,
            **given,
            restarts=self.restarts.value(),
            start=options.start if options.start in STARTS else "kmeans",
            constraints=options.constraints if keep else NONE,
        )

    def _follow(self) -> None:
        """Only Gaussian components share an sd."""
        if not hasattr(self, "covariances"):
            return
        for box in self.covariances.values():
            box.setEnabled(self.families["gaussian"].isChecked())

    def _lay_out(self) -> None:
        inside = named(QWidget(), "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(heading("Models"))
        numbers = QHBoxLayout()
        numbers.addWidget(dim("&Components", self.fewest))
        numbers.addStretch(1)
        numbers.addWidget(self.fewest)
        numbers.addWidget(dim("to", self.most))
        numbers.addWidget(self.most)
        column.addLayout(numbers)
        tries = QHBoxLayout()
        tries.addWidget(dim("&Restarts", self.restarts))
        tries.addStretch(1)
        tries.addWidget(self.restarts)
        column.addLayout(tries)
        for title, boxes in (("Families", self.families), ("Covariance", self.covariances)):
            column.addSpacing(12)
            column.addWidget(heading(title))
            for box in boxes.values():
                column.addWidget(box)
        column.addSpacing(8)
        column.addWidget(self.constraints)
        column.addStretch(1)
        column.addSpacing(12)
        column.addWidget(self.start)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(looks.px(WIDTH))

    @property
    def order(self) -> Sequence[tuple[str, str]]:
        """Families with covariances in the order of the form."""
        return [(family, covariance) for family in self.families for covariance in self.covariances]
