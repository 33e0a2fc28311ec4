from __future__ import annotations

import pytest

from longtail.values.eyes import (
    FourEyesRequired,
    require_reason,
    require_two_people,
    same_person,
)
from longtail.values.refusal import InvalidInput


@pytest.mark.parametrize("other", ["ann", "Ann", " ann ", "\uff41nn", "ANN"])
def test_one_person_is_one_person_however_it_is_written(other):
    assert same_person("ann", other)
    with pytest.raises(FourEyesRequired, match="Closing a break takes two people: ann"):
        require_two_people("ann", other, what="Closing a break")


@pytest.mark.parametrize(("one", "two"), [("", "bob"), ("ann", ""), (" ", "bob"), ("", "")])
def test_nobody_is_no_second_person(one, two):
    with pytest.raises(FourEyesRequired):
        require_two_people(one, two)


def test_two_people_are_enough():
    require_two_people("ann", "bob")
    assert not same_person("ann", "anna")


def test_a_reason_says_something():
    assert require_reason(" Flood. ") == "Flood."
    with pytest.raises(InvalidInput, match="must say why"):
        require_reason(" \n")
    for unusable in ("x" * 2_001, "Fl\0ood", "\ud800"):
        with pytest.raises(InvalidInput, match="must say why"):
            require_reason(unusable)
    with pytest.raises(InvalidInput):
        require_reason("Flood.", most=5)
