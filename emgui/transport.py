"""Run, pause, step forwards and backwards: turns keys into half-steps on the tape, recorded or made by the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core import em
from core.engine import LEAST_BLOCKS, block_size
from core.errors import InputError
from core.families.family import spoken
from core.mixture import Mixture
from core.options import FitOptions
from emgui import holding
from emgui.document import Document, Message
from emgui.endings import message_of, message_of_fault
from emgui.run import Phase, Run
from emgui.searching import Searcher
from emgui.starting import GIVEN, Starter, given_options
from emgui.worker import Worker

SPEEDS = (0.5, 1.0, 2.0, 5.0, 20.0, 100.0, float("inf"))
"""Iterations a second; 0.5 is one half-step a second, the last as fast as it goes."""
SLOW = 5.0
"""Up to here each half-step is shown; beyond, whole iterations."""
SHARE = 0.08
"""Part of the window's time that drawing may take while a fit needs all cores: it costs the fit as much again."""
STOP_FIELDS = ("stop_on", "tolerance", "max_iterations")


class Transport(QObject):
    """Plays the document's current run. The only one that starts, steps and ends worker threads of fits."""

    changed = Signal()
    noted = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.speed = SPEEDS[-1]
        self._worker = Worker(self)
        self._worker.arrived.connect(self._arrived)
        self._worker.ended.connect(self._ended)
        self._starter = Starter(document)
        self._searcher = Searcher(document, self._worker)
        self._run: Run | None = None
        self._wanted: int | None = None
        self._following = False
        self._is_finishing = self._at_full_speed = False
        self._once_ready: Callable[[], None] | None = None
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)
        document.data_changed.connect(self._data_changed)
        document.options_changed.connect(self._options_changed)
        for signal in (document.moved, document.advanced, document.runs_changed, document.playing_changed):
            signal.connect(self.changed)

    # ---- what can be done now

    @property
    def can_run(self) -> bool:
        """Whether Run would do something: go on, or branch from an earlier iteration."""
        run = self.document.current
        if run is None or not run.is_ready or self.document.playing:
            return False
        return self._would_branch(run) or not run.has_ended or self._has_new_rule(run)

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a next half-step, on the tape or to be made."""
        run = self.document.current
        return run is not None and run.is_ready and not (self.document.is_at_end and run.is_over)

    @property
    def can_go_back(self) -> bool:
        """Whether there is a half-step before this one."""
        return self.document.moment is not None and self.document.position > 0

    @property
    def rate(self) -> float | None:
        """Iterations a second lately, of a run that is going on; None where it cannot be told."""
        run = self.document.current
        if run is None or run.last_number < 2:
            return None
        seconds = run.history.scalar("seconds")
        first = max(0, run.last_number - 500)
        spent = float(seconds[-1] - seconds[first])
        return min(self.speed, (run.last_number - first) / spent) if spent > 0.0 else None

    @property
    def is_finishing(self) -> bool:
        """Whether the run that is going on goes the whole way to its optimum at once."""
        return self._is_finishing and self.document.playing and self._worker.has_work

    @property
    def next_half(self) -> Phase:
        """The half-step that comes next."""
        return Phase.M if self.document.position % 2 else Phase.E

    # ---- starts

    def prepare(self) -> None:
        """Makes and draws the start that the options ask for; a new run begins from it."""
        self.release()
        run = self._starter.made()
        self.document.set_current(run)
        if run is not None:
            self._pull(run)
            self._step(1)

    def set_given(self, mixture: Mixture, label: str, options: FitOptions | None = None, change: str = "") -> None:
        """Takes a mixture as the start. Without options, those that are on follow its model.

        change: what is undone then; "" for the label.
        """
        if options is None:
            options = given_options(self.document.options, mixture)
        with self.document.changing(change or label):
            self._starter.adopt(options, mixture, label)
            self.prepare()

    def show_fit(self, mixture: Mixture, label: str, options: FitOptions) -> None:
        """Shows a fit that was found elsewhere as a run of its own, which its stopping rule ends at once."""
        self.set_given(mixture, label, replace(options, restarts=1, start=GIVEN), f"show {label}")
        self._once_ready = self.finish

    def show_run(self, start: Mixture, label: str, options: FitOptions) -> None:
        """Makes a run from a start by the variant of the options, to its end."""
        self.set_given(start, label, replace(options, restarts=1, start=GIVEN), f"show {label}")
        self._once_ready = lambda: self._begin(lambda: self._play(SPEEDS[-1]))

    def toggle_held(self, identity: int, name: str) -> None:
        """Holds a parameter at the value under the cursor, or lets it go: a new run from there, the old one kept."""
        moment = self.document.moment
        if moment is None:
            return
        start, identity = holding.countable(moment.observed, identity)
        try:
            options = holding.toggled(self.document.options, start.plain, identity, name)
        except InputError as error:
            self.document.say(Message("error", "That value cannot be held", str(error)))
            return
        verb = "hold" if holding.is_fixed(options, identity, name) else "release"
        self._start_here(options, start, f"{verb} {name}[{identity}]")

    def set_constraints(self, options: FitOptions) -> None:
        """Takes options with other constraints: a new run from the parameters under the cursor."""
        moment = self.document.moment
        if options != self.document.options and moment is not None:
            self._start_here(options, holding.countable(moment.observed)[0], "set constraints")
        else:
            self.document.choose(options)

    def drag_to(self, identity: int, name: str, value: float) -> None:
        """What a hand that has moved a component asks for."""
        self.set_value(identity, name, value, "drag")

    def set_value(self, identity: int, name: str, value: float, how: str = "change") -> None:
        """Puts a value in place of the one under the cursor: a new start, in which a value that is held stays so."""
        moment = self.document.moment
        if moment is None:
            return
        before = moment.mixture
        try:
            if holding.is_fixed(self.document.options, identity, name):
                before, identity = holding.countable(before, identity)
            mixture = holding.edited(self.document.options, before, identity, name, value)
            options = holding.following(self.document.options, before, mixture, identity, name)
            self._start_here(options, mixture, f"{how} {spoken(name)} of component {identity}", edited=True)
        except InputError as error:
            self.document.say(Message("error", "That value cannot be used", str(error)))

    def begin_from(self, mixture: Mixture, change: str, options: FitOptions) -> None:
        """Takes what a hand made of the components under the cursor as a new start."""
        self._start_here(options, mixture, change, edited=True)

    def _start_here(self, options: FitOptions, mixture: Mixture, change: str, edited: bool = False) -> None:
        """A new run from parameters at the cursor."""
        run, moment = self.document.current, self.document.moment
        assert run is not None
        assert moment is not None
        label = f"from {run.spoken}, iteration {moment.number}" if run.number else run.start_label
        if edited and not label.endswith("edited"):
            label = f"{label}, edited"
        self.set_given(mixture, label, replace(options, restarts=1, start=GIVEN), change)

    def _data_changed(self) -> None:
        if self._starter.is_adopting:
            return
        self._starter.forget()
        run = self.document.current
        if run is None:
            self.prepare()
        else:  # it came with the data
            self.release()
            self._starter.adopt(self.document.options, run.given, run.start_label)

    def _options_changed(self) -> None:
        run, options = self.document.current, self.document.options
        if self._starter.is_adopting:
            return
        if run is not None and _same_but_stopping(run.options, options):
            self.changed.emit()
            return
        self.prepare()

    # ---- the keys

    def toggle(self) -> None:
        """Run, or pause."""
        if self.document.playing:
            self.pause()
        elif self.can_run:
            self.run()
        elif self.document.current is not None and self.document.current.has_ended:
            self.noted.emit("This run has ended. Go back and run from there, change something, or step on.")

    def run(self) -> None:
        """Goes on from the cursor until a stopping rule ends it; from an earlier iteration as a new run."""
        if self.can_run:
            self._begin(lambda: self._play(self.speed))

    def finish(self) -> None:
        """Goes to the end of the run as fast as can be."""
        if self._searcher.is_searching:
            self._searcher.then = self._finish
        elif self.is_finishing:
            return
        elif self.document.playing:
            self._finish()
        elif self.can_run:
            self._begin(self._finish)

    def pause(self) -> None:
        """Stops playing; what was made stays on the tape."""
        was_finishing = self.is_finishing
        self._clock.stop()
        if self._searcher.is_searching:
            self.release()
        else:
            self._worker.pause()
        self._wanted = None
        self.document.set_playing(False)
        if was_finishing:
            self.noted.emit("Paused. The iteration under way is shown as soon as it is done.")

    def set_speed(self, speed: float) -> None:
        """Iterations a second, from now on."""
        self.speed = speed
        if self.document.playing and not self._searcher.is_searching:
            self._play(speed)

    def forward(self) -> None:
        """One iteration on, to after its E step."""
        position = self._target
        self.go_to(position + (1 if position % 2 == 0 and position > 0 else 3 if position == 0 else 2))

    def back(self) -> None:
        """One iteration back."""
        position = self.document.position
        self.go_to(position - (2 if position % 2 else 1))

    def half_forward(self) -> None:
        """One half-step on."""
        self.go_to(self._target + 1)

    def half_back(self) -> None:
        """One half-step back."""
        self.go_to(self.document.position - 1)

    def step(self, phase: Phase) -> bool:
        """The E or the M step, if it is its turn; whether it was."""
        if self.next_half is not phase or not self.can_go_forward:
            return False
        self.half_forward()
        return True

    def to_start(self) -> None:
        """To the start as it was drawn."""
        self.go_to(0)

    def to_end(self) -> None:
        """To the end of what is recorded."""
        if self.document.current is not None:
            self.go_to(self.document.current.last_position)

    def go_to(self, position: int) -> None:
        """To a half-step: on the tape at once, beyond its end as soon as the worker has made it."""
        run = self.document.current
        if run is None or not run.is_ready:
            return
        if self.document.playing:
            self.pause()
        if position <= run.last_position:
            self._wanted = None
            self.document.move(position)
        elif not run.is_over:
            missing = position // 2 - max(run.last_number, (self._wanted or 0) // 2)
            self._wanted = position
            if missing > 0:
                self._forgo_restarts(run)
                self._ensure_work(run)
                self._step(missing)

    def select_run(self, run: Run) -> None:
        """Shows another run of the list, at its end, with the options it was made with."""
        if run is self.document.current:
            return
        self.release()
        self._starter.adopt(run.options, run.given, run.start_label)
        self.document.set_current(run)

    def delete_run(self, run: Run) -> None:
        """Takes a run from the list; if it is shown, the next one is, or a new start by its options."""
        document = self.document
        if run not in document.runs:
            return
        with document.changing(f"delete {run.spoken}"):
            place = document.runs.index(run)
            document.delete_run(run)
            if run is not document.current:
                return
            if document.runs:
                self.select_run(document.runs[min(place, len(document.runs) - 1)])
            else:
                self.prepare()

    # ---- undo and redo

    def undo(self) -> None:
        """Takes back what a person changed last; a run that is going on is let go first."""
        self._travel(self.document.undo)

    def redo(self) -> None:
        """Makes again what was undone last."""
        self._travel(self.document.redo)

    def _travel(self, there: Callable[[], None]) -> None:
        self.release()
        with self._starter.adopting():
            there()
        document, run = self.document, self.document.current
        if document.message is not None and document.message.kind == "error":
            document.say(None)
        if run is None:
            if document.data is not None:
                self.prepare()  # and says again why there is no start
            return
        self._starter.keep(run.given, run.start_label)
        if not run.is_ready:
            self._pull(run)
            self._step(1)

    # ---- ends

    def release(self) -> None:
        """Lets go of the worker: nothing more arrives from it."""
        self._clock.stop()
        self._wanted = self._once_ready = None
        self._worker.release()
        self._searcher.over()
        self.document.set_playing(False)

    def close(self, seconds: float = 10.0) -> None:
        """Ends all worker threads, waiting for the iteration each is in."""
        self.release()
        self._worker.close(seconds)

    # ---- playing

    def _begin(self, play: Callable[[], None]) -> None:
        run = self.document.current
        assert run is not None
        if self._would_branch(run):
            self._branch(run)
            run = self.document.current
            assert run is not None
        if self._searcher.is_due(run):
            self.release()
            self.document.set_playing(True, fast=True)
            self._searcher.begin(run, play)
            return
        if self._has_new_rule(run):
            self.release()  # the worker goes by the old rule
        run.options = replace(run.options, **{name: getattr(self.document.options, name) for name in STOP_FIELDS})
        play()

    def _would_branch(self, run: Run) -> bool:
        """Whether the cursor stands before the last iteration: going on from there is a new run."""
        return self.document.position // 2 < run.last_number

    def _branch(self, run: Run) -> None:
        moment = self.document.moment
        assert moment is not None
        self.release()
        label = f"from {run.spoken}, iteration {moment.number}"
        options = replace(run.options, restarts=1, start=GIVEN)
        with self.document.changing(f"begin run from iteration {moment.number}"):
            self._starter.adopt(options, moment.observed, label)
            self.document.set_current(Run(run.data, options, label, moment.observed))

    def _forgo_restarts(self, run: Run) -> None:
        """Stepping goes on from the start that is drawn: then no other start was tried, and the run must say so."""
        if run.options.restarts > 1 and not run.searched and run.last_number == 0:
            run.options = replace(run.options, restarts=1)
            self.noted.emit("Steps go on from the start that is drawn: no other start is tried. Run tries them all.")

    def _finish(self) -> None:
        run = self.document.current
        assert run is not None
        self._wanted = None
        self._play(float("inf"), finishing=em.finishes_at_once(run.data, run.options))
        self.changed.emit()

    def _play(self, speed: float, finishing: bool = False) -> None:
        run = self.document.current
        assert run is not None
        self._ensure_work(run, finishing)
        self.document.set_playing(True, fast=speed > SLOW)
        self._at_full_speed = speed == float("inf")
        if speed <= SLOW:
            self._worker.pause()
            self._following = False
            self._clock.start(round(500.0 / speed))
            if not run.is_ready:
                self._step(1)
        else:
            self._clock.stop()
            self._following = True
            if run.is_ready:
                self.document.move(run.last_position)
            self._worker.run(0.0 if speed == float("inf") else 1.0 / speed)

    def _tick(self) -> None:
        run = self.document.current
        if run is None or not run.is_ready or self._wanted is not None:
            return
        if not self.document.is_at_end:
            self.document.move(self.document.position + 1)
        elif run.has_ended:
            self._stop_playing()
            return
        else:
            self._wanted = self.document.position + 1
            self._ensure_work(run)
            self._step(1)
        if self.document.is_at_end and run.has_ended:
            self._stop_playing()

    def _stop_playing(self) -> None:
        self._clock.stop()
        self.document.set_playing(False)
        self._announce_end()

    @property
    def _target(self) -> int:
        return self.document.position if self._wanted is None else self._wanted

    # ---- the worker

    def _ensure_work(self, run: Run, finishing: bool = False) -> None:
        if not self._worker.has_work or finishing != self._is_finishing:
            self._pull(run, finishing)

    def _pull(self, run: Run, finishing: bool = False) -> None:
        self._run, self._is_finishing = run, finishing
        iterations = run.iterations(finishing, at_once=lambda: self._at_full_speed)
        self._worker.take(iterations, rests_at=_ends, share=SHARE if _needs_all_cores(run) else 1.0)

    def _step(self, items: int) -> None:
        self._following = self._at_full_speed = False
        self._worker.step(items)

    def _arrived(self, batch: list[Any]) -> None:
        if self._searcher.is_searching:
            self._searched(self._searcher.arrived(batch[-1]))
            return
        run = self._run
        if run is None or run is not self.document.current:
            return
        if self._is_finishing and run.finished_from is None:
            run.finished_from = next((part.number for part in batch if part.number > 0), None)
        self.document.extend(run, batch, follow=self._following)
        if self._wanted is not None:
            reached = min(self._wanted, run.last_position)
            if reached == self._wanted or run.is_over:
                self._wanted = None
            self.document.move(reached)
        if run.has_ended:
            if self._following and self.document.playing:
                self._stop_playing()
            elif not self.document.playing and run.is_over:
                self._announce_end()
        if self._once_ready is not None and run.is_ready:
            then, self._once_ready = self._once_ready, None
            then()

    def _searched(self, chosen: Run | None) -> None:
        if chosen is not None:
            then = self._searcher.then
            self.release()
            self.document.set_current(chosen)
            then()

    def _ended(self, error: Exception | None) -> None:
        self._wanted = None
        if error is not None:
            self._clock.stop()
            self._searcher.over()
            self.document.set_playing(False)
            self.document.say(message_of_fault(error))
        elif self.document.playing and not self._searcher.is_searching:
            self._stop_playing()

    def _announce_end(self) -> None:
        message = message_of(self.document.current) if self.document.current is not None else None
        if message is not None:
            self.document.say(message)

    def _has_new_rule(self, run: Run) -> bool:
        if run.is_over:
            return False
        return any(getattr(run.options, name) != getattr(self.document.options, name) for name in STOP_FIELDS)


def _ends(part: em.Iteration | em.Stretch) -> bool:
    return isinstance(part, em.Iteration) and part.outcome is not None


def _needs_all_cores(run: Run) -> bool:
    """Whether an iteration has so many rows to look at that threads share them."""
    return len(run.data) >= LEAST_BLOCKS * block_size(run.options.n_components)


def _same_but_stopping(one: FitOptions, other: FitOptions) -> bool:
    return replace(one, **{name: getattr(other, name) for name in STOP_FIELDS}) == other
