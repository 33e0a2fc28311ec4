"""What an ask must say; every problem is named at once."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.deals import rules
from longtail.deals.rules import Ask
from longtail.terms.catalogue import LATEST
from longtail.terms.mode import needs_guarantor
from longtail.terms.primitives import Subscription
from longtail.values.money import MAX_MINOR, Money

MODES = sorted(LATEST)
GUARANTEED = next(code for code in MODES if needs_guarantor(LATEST[code]))
UNSECURED = next(code for code in MODES if not needs_guarantor(LATEST[code]))


def ask(**changes):
    return Ask(
        **{
            "amount": Money(50_000_00, "USD"),
            "tenor_months": 36,
            "mode_code": UNSECURED,
            "purpose": "equipment",
            "use_of_funds": "Two looms and their installation in the second hall.",
        }
        | changes
    )


def test_a_whole_ask_has_no_problems():
    assert rules.problems(ask()) == {}
    guaranteed = ask(mode_code=GUARANTEED, guarantor_code="GUA-1", cover_bps=8_000)
    assert rules.problems(guaranteed) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", Money(0, "USD")),
        ("amount", Money(-1, "USD")),
        ("amount", Money(MAX_MINOR, "USD")),
        ("amount", Money(10**40, "USD")),
        ("amount", Money(50_000_00, "XXX")),
        ("tenor_months", 0),
        ("tenor_months", -12),
        ("tenor_months", 361),
        ("tenor_months", 10**30),
        ("tenor_months", True),
        ("mode_code", "no-such-mode"),
        ("purpose", "yacht"),
        ("use_of_funds", "Looms \x00 and more looms than that"),
        ("use_of_funds", "Looms \ud800 and more looms than that"),
        ("use_of_funds", "x" * 4_001),
        ("innovation", "\x1b[31m"),
        ("guarantor_code", "GUA-\n1"),
        ("guarantor_code", "G" * 25),
        ("cover_bps", 10_001),
        ("cover_bps", -1),
        ("facts", {"employees": 1.5}),
        ("facts", {"employees": float("nan")}),
        ("facts", {"employees": 10**10}),
        ("facts", {"note": "x" * 81}),
        ("facts", {"a\x00": 1}),
        ("facts", {"list": [1]}),
        ("facts", {f"fact-{n}": n for n in range(41)}),
    ],
)
def test_what_is_wrong_is_named_and_cannot_be_stored(field, value):
    assert list(rules.faults(ask(**{field: value}))) == [field]


def test_a_draft_may_be_incomplete():
    assert rules.faults(ask(use_of_funds="", mode_code=GUARANTEED)) == {}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"use_of_funds": "Looms.   "}, {"use_of_funds"}),
        ({"amount": Money(1, "USD")}, {"amount"}),
        ({"mode_code": GUARANTEED}, {"guarantor_code"}),
        ({"mode_code": GUARANTEED, "guarantor_code": "GUA-1"}, {"cover_bps"}),
        (
            {"mode_code": GUARANTEED, "guarantor_code": "GUA-1", "cover_bps": 99},
            {"cover_bps"},
        ),
        ({"guarantor_code": "GUA-1", "cover_bps": 100}, {"guarantor_code"}),
        ({"cover_bps": 100}, {"cover_bps"}),
        (
            {"use_of_funds": "", "amount": Money(1, "USD"), "cover_bps": 100},
            {"use_of_funds", "amount", "cover_bps"},
        ),
    ],
)
def test_what_is_missing_is_named_all_at_once(changes, fields):
    assert set(rules.problems(ask(**changes))) == fields


def test_several_faults_are_named_all_at_once():
    wrong = ask(amount=Money(0, "USD"), tenor_months=0, purpose="", mode_code="")
    assert set(rules.problems(wrong)) == {"amount", "tenor_months", "purpose", "mode_code"}


@pytest.mark.parametrize("mode", LATEST.values(), ids=lambda mode: mode.code)
@pytest.mark.parametrize("currency", sorted(rules.AMOUNT_BOUNDS))
def test_no_mode_takes_less_than_a_ticket_nor_more_than_the_ceiling(mode, currency):
    least, most = rules.amount_bounds(mode, currency)
    assert least < most
    if isinstance(mode.funding, Subscription):
        assert least.minor >= mode.funding.ticket_minor
    for amount, is_fine in (
        (least, True),
        (most, True),
        (Money(least.minor - 1, currency), False),
    ):
        asked = ask(
            amount=amount,
            mode_code=mode.code,
            guarantor_code="GUA-1" if needs_guarantor(mode) else None,
            cover_bps=5_000 if needs_guarantor(mode) else 0,
        )
        assert ("amount" not in rules.problems(asked)) is is_fine


texts = st.text(max_size=60)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), texts
)


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        Ask,
        amount=st.builds(
            Money, st.integers(-(2**70), 2**70), st.sampled_from(["USD", "KWD", ""])
        ),
        tenor_months=st.integers(-(2**70), 2**70),
        mode_code=st.sampled_from([*MODES, "", "\x00"]),
        purpose=st.one_of(texts, st.sampled_from(sorted(rules.PURPOSES))),
        use_of_funds=texts,
        innovation=texts,
        facts=st.dictionaries(texts, values, max_size=4),
        guarantor_code=st.one_of(st.none(), texts),
        cover_bps=st.integers(-(2**70), 2**70),
    )
)
def test_no_ask_breaks_the_rules_and_what_passes_can_be_stored(asked):
    if rules.faults(asked):
        return
    rules.problems(asked)
    asked.use_of_funds.encode()
    assert "\x00" not in asked.use_of_funds + asked.innovation + str(asked.facts)
    assert 0 < asked.amount.minor < 2**63
    assert 1 <= asked.tenor_months <= 360


def test_completeness_counts_what_is_told():
    known = {"sector": "31", "employees": None, "state": "", "is_new_business": False}
    assert rules.completeness_bps(ask(), known=known) == 10_000 * 3 // 6
    full = rules.completeness_bps(ask(innovation="A new loom"), known={"sector": "31"})
    assert full == 10_000


def known(stated, **register):
    return rules.known_facts(
        stated,
        **{
            "sector": "31",
            "employees": 12,
            "region": "VT",
            "founded_date": date(2010, 5, 1),
            "on": date(2026, 5, 1),
        }
        | register,
    )


def test_what_is_stated_goes_before_the_register_and_none_is_not_stated():
    facts = known({"employees": 14, "sector": None, "is_urban": "rural"})
    assert facts == {
        "sector": "31",
        "employees": 14,
        "state": "VT",
        "is_new_business": False,
        "is_urban": "rural",
    }


@pytest.mark.parametrize(
    ("founded", "is_new"),
    [(date(2024, 5, 1), False), (date(2024, 5, 2), True), (None, None)],
)
def test_a_business_is_new_for_two_years(founded, is_new):
    assert known({}, founded_date=founded, on=date(2026, 5, 1))["is_new_business"] is is_new


def test_nothing_known_is_none():
    nothing = known({}, sector="", employees=None, region="", founded_date=None)
    assert set(nothing.values()) == {None}


def test_a_matter_names_its_demand():
    assert rules.matter("DEM-1", 3) == "DEM-1/v3"
    assert rules.demand_code_of("DEM-1/v3") == "DEM-1"
