"""Work shared among processes: the same answers, an end at once, and faults that arrive."""

from __future__ import annotations

import multiprocessing
import os
from types import MappingProxyType

import pytest

from core import cores, kernels
from core.errors import Cancelled, InputError


def doubled(shared, item, check):
    return shared * item, os.getpid()


def refuses(shared, item, check):
    if item == 3:
        raise InputError("The third cannot be done.")
    return item


def dies(shared, item, check):
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    return item


def read_only(shared, item, check):
    return MappingProxyType({"item": item})


def endless(shared, item, check):
    while multiprocessing.parent_process() is not None:
        pass
    return item


class StubbornError(Exception):
    """Cannot be put together again from its message alone."""

    def __init__(self, place, reason):
        super().__init__(f"{place}: {reason}")


def fails_stubbornly(shared, item, check):
    if multiprocessing.parent_process() is not None:
        raise StubbornError(item, "it would not do")
    return item


def not_to_be_sent(shared, item, check):
    return (lambda: item) if multiprocessing.parent_process() is not None else item


def is_loaded(shared, item, check):
    return os.getpid(), kernels.is_loaded()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No patience: all but what one core does goes to processes."""
    monkeypatch.setattr(cores, "PATIENCE", 0.0)


def test_one_core_does_everything_itself_and_in_order():
    assert list(cores.each(doubled, 2, [1, 2, 3])) == [(place, (2 * (place + 1), os.getpid())) for place in range(3)]


def test_two_cores_give_the_same_answers_from_other_processes():
    answers = dict(cores.each(doubled, 2, list(range(8)), 2))
    assert [answers[place][0] for place in range(8)] == [2 * place for place in range(8)]
    assert os.getpid() not in {process for _, process in answers.values()}


def test_read_only_mappings_travel():
    answers = dict(cores.each(read_only, None, [1, 2, 3], 2))
    assert answers[2] == {"item": 3}
    assert isinstance(answers[2], MappingProxyType)


def test_what_the_work_raises_arrives():
    with pytest.raises(InputError, match="third"):
        list(cores.each(refuses, None, [1, 2, 3, 4], 2))


def test_a_process_that_dies_is_told_in_a_sentence():
    with pytest.raises(InputError, match="ended by itself"):
        list(cores.each(dies, None, [1, 2, 3], 2))


def test_an_error_that_cannot_travel_is_told_all_the_same():
    with pytest.raises(RuntimeError, match="StubbornError: 2: it would not do"):
        list(cores.each(fails_stubbornly, None, [2, 2], 2))


def test_an_answer_that_cannot_travel_is_not_taken_for_a_want_of_memory():
    with pytest.raises(Exception, match=r"(?i)pickle"):
        list(cores.each(not_to_be_sent, None, [1, 2], 2))


@pytest.mark.parametrize("loaded", [False, True])
def test_processes_work_by_the_same_code(loaded, monkeypatch):
    monkeypatch.setattr(kernels, "_always", [True] if loaded else [])
    answers = dict(cores.each(is_loaded, None, [1, 2, 3], 2))
    assert {found for _, found in answers.values()} == {loaded}
    assert os.getpid() not in {process for process, _ in answers.values()}


def test_a_check_that_raises_ends_all_processes_at_once():
    looks = []

    def check():
        looks.append(1)
        if len(looks) > 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(cores.each(endless, None, [1, 2, 3], 2, check))
    assert not multiprocessing.active_children()


def test_a_check_that_raises_ends_one_core_too():
    def check():
        raise Cancelled

    with pytest.raises(Cancelled):
        list(cores.each(doubled, 1, [1], 1, check))
