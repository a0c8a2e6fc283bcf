"""Work shared among processes: the same answers, an end at once, and faults that arrive."""

from __future__ import annotations

import multiprocessing
import os
from types import MappingProxyType

import pytest

from core import cores
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
