"""What an instruction may become, what binds it, and what a payment message can carry."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.outlook import (
    UNDER_WAY,
    WHY,
    Outlook,
    business_days_after,
    of_payment,
    of_suspense,
)
from longtail.ledger.custodian.rules import (
    ACCOUNT_LENGTH,
    NAME_LENGTH,
    PURPOSE_LENGTH,
    REFERENCE_LENGTH,
    STEPS,
    IllegalStep,
    InstructionState,
    Step,
    after,
    binding,
    can,
    creditor_reference,
    hold_key,
    normal_reference,
    refuse_unpayable,
)
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput

PAYEE = Payee(name="Ann", account="DE89370400440532013000", bic="COBADEFFXXX")


def payee(name, account, bic):
    return Payee(name=name, account=account, bic=bic)


GOOD = {
    "payee": PAYEE,
    "amount": Money(1, "EUR"),
    "reference": "INV 1",
    "purpose": "Withdrawal",
}
FRIDAY = date(2026, 1, 2)


def problems(refusal):
    return refusal.value.problems


def test_every_step_leads_where_it_is_said_and_no_other_is_possible():
    for state in InstructionState:
        for step in Step:
            assert can(state.value, step) is ((state, step) in STEPS)
            if can(state.value, step):
                assert after(state.value, step) is STEPS[state, step]
                continue
            with pytest.raises(IllegalStep) as refusal:
                after(state.value, step)
            people = {Step.RELEASE: "released", Step.CANCEL: "cancelled"}.get(step)
            assert str(refusal.value) == (
                f"The payment is {state}, so it can no longer be {people}; look at its "
                "latest state."
                if people
                else f"A payment that is {state} cannot {step}."
            )


def test_money_that_ended_does_not_move_again():
    ended = {"rejected", "cancelled", "returned"}
    assert {s.value for s in InstructionState} - {s.value for s, _ in STEPS} == ended


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"reference": "", "purpose": ""}, {}),
        ({"reference": "x" * REFERENCE_LENGTH, "purpose": "x" * PURPOSE_LENGTH}, {}),
        ({"payee": payee("N" * NAME_LENGTH, "A" * ACCOUNT_LENGTH, "")}, {}),
        ({"payee": payee("Ann", "1", "COBADEFF")}, {}),
        ({"amount": Money(0, "EUR")}, {"amount": "must be positive"}),
        ({"amount": Money(-1, "EUR")}, {"amount": "must be positive"}),
        (
            {"payee": payee(" ", "", "")},
            {"payee_name": "is missing", "payee_account": "is missing"},
        ),
        (
            {"payee": payee("N" * 141, "A" * 35, "")},
            {
                "payee_name": "is longer than 140 characters",
                "payee_account": "is longer than 34 characters",
            },
        ),
        (
            {"reference": "x" * 36, "purpose": "x" * 101},
            {
                "reference": "is longer than 35 characters",
                "purpose": "is longer than 100 characters",
            },
        ),
        (
            {"reference": "a\nb"},
            {"reference": "contains characters that cannot be printed"},
        ),
        *(
            (
                {"payee": payee("Ann", "1", bic)},
                {"payee_bic": "is not a BIC: 8 or 11 capital letters and digits"},
            )
            for bic in ("COBADEF", "COBADEFFXX", "cobadeff", "COBADEFFXXXX", "COBA1EFF")
        ),
    ],
)
def test_all_that_no_payment_can_carry_is_named_at_once(change, expected):
    if not expected:
        refuse_unpayable(**GOOD | change)
        return
    with pytest.raises(InvalidInput) as refusal:
        refuse_unpayable(**GOOD | change)
    assert problems(refusal) == expected


def test_whatever_is_bound_changes_the_binding():
    given_ = GOOD | {"account_code": "wallet:ANN:EUR"}
    others = (
        {"account_code": "wallet:BO:EUR"},
        {"payee": payee("Bo", PAYEE.account, PAYEE.bic)},
        {"payee": payee("Ann", "DE1", PAYEE.bic)},
        {"payee": payee("Ann", PAYEE.account, "")},
        {"amount": Money(2, "EUR")},
        {"amount": Money(1, "USD")},
        {"reference": ""},
        {"purpose": ""},
    )
    said = [binding(**given_ | other) for other in ({}, *others)]
    assert len(set(said)) == len(said)
    # Computed with sha256sum over the JSON text, by hand.
    assert said[0] == BOUND
    assert hold_key("PAY-1", said[0]) == f"payment:PAY-1:{BOUND}"


BOUND = "7cffbf58e7094d6729080abd736bf35262222e5916c4b8994c2195eb3c5ad96b"


@given(st.text(min_size=1, max_size=40))
def test_a_creditor_reference_checks_out_by_iso_7064(code):
    said = creditor_reference(code)
    assert said.startswith("RF")
    assert len(said) == 20
    # ISO 7064 MOD 97-10: moved to the end and read as digits, the remainder is 1.
    digits = "".join(str(int(c, 36)) for c in said[4:] + said[:4])
    assert int(digits) % 97 == 1
    assert normal_reference(f" {said[:4].lower()} {said[4:]}\n") == said
    assert creditor_reference(code) == said != creditor_reference(code + "x")


def test_weekends_are_no_business_days():
    assert business_days_after(FRIDAY, 0) == FRIDAY
    assert business_days_after(FRIDAY, 1) == date(2026, 1, 5)
    assert business_days_after(FRIDAY, 6) == date(2026, 1, 12)
    assert business_days_after(date(2026, 1, 3), 1) == date(2026, 1, 5)
    assert business_days_after(date(2026, 1, 4), 2) == date(2026, 1, 6)
    assert business_days_after(date(2026, 1, 5), 1) == date(2026, 1, 6)


@pytest.mark.parametrize("state", InstructionState)
def test_a_payment_says_where_it_is_and_until_when(state):
    for on in (date(2026, 1, 5), date(2026, 1, 6)):
        told = of_payment(state=state.value, released=FRIDAY, reason="AC04", on=on)
        due = date(2026, 1, 5) if state in UNDER_WAY else None
        is_late = state in UNDER_WAY and on > date(2026, 1, 5)
        assert told == Outlook(f"{WHY[state]} AC04", due, is_late)
    told = of_payment(state=state.value, released=None, reason="", on=FRIDAY)
    assert told == Outlook(WHY[state], None, is_late=False)


def test_money_without_an_owner_says_who_has_to_act():
    due = date(2026, 1, 6)
    told = of_suspense(received=FRIDAY, is_proposed=False, on=due)
    assert told == Outlook(
        "Its reference names no account; the desk looks for its owner.", due, is_late=False
    )
    told = of_suspense(received=FRIDAY, is_proposed=True, on=due + timedelta(days=1))
    assert told == Outlook(
        "Somebody has proposed where it belongs; a second person has to confirm.",
        due,
        is_late=True,
    )
