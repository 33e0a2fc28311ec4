import pytest

from longtail.values.refusal import InvalidInput, Refusal


def test_every_bad_field_is_listed():
    problems = {"amount": "must be more than zero", "tenor": "is too long"}
    with pytest.raises(Refusal) as refusal:
        raise InvalidInput(problems)
    assert refusal.value.problems == problems
    assert str(refusal.value) == "amount: must be more than zero; tenor: is too long"
