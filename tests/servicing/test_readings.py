"""Why an agreement does not perform, and what stands against the end of a default.

One loan of 1,200.00 at 12 % (late interest 12 %, both 30E/360), paid out on 31 January
2024, twelve months, 100.00 of principal each; every figure can be told by hand. The first
instalment, 112.00, falls due on 29 February; 91 days later it bears 91/360 of 12.00.
"""

from __future__ import annotations

from datetime import date

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.dues import advance
from longtail.servicing.events import (
    DefaultDeclared,
    FeeCharged,
    GuaranteePayment,
    Moratorium,
    Payment,
    ReAged,
    Restructured,
    Treatment,
    WriteOff,
)
from longtail.servicing.readings.curing import cure_obstacles
from longtail.servicing.readings.performing import why_non_performing
from longtail.servicing.step import fold
from tests.servicing.scenarios import drawdown, terms

LOAN = terms(amortization=Amortization.LINEAR)
SMALL = terms(amortization=Amortization.LINEAR, principal=90_00)
DEFAULT = DefaultDeclared(key="default", value_date=date(2024, 6, 10))
LOST = WriteOff(key="lost", value_date=date(2024, 6, 15))
NEW_SCHEDULE = Restructured(
    key="new",
    value_date=date(2024, 6, 20),
    principal_minor=0,
    interest_minor=0,
    penalty_minor=0,
    rate_bps=1200,
    n_periods=6,
    first_due_date=date(2024, 8, 1),
    amortization=Amortization.LINEAR,
    treatment=Treatment.DEFERRED,
)
PAUSE = Moratorium(
    key="pause",
    value_date=date(2024, 3, 10),
    until=date(2024, 4, 9),
    treatment=Treatment.DEFERRED,
)
FEE = FeeCharged(
    key="fee", value_date=date(2024, 2, 10), amount_minor=150_00, name="visit", payee=""
)
GUARANTEE = GuaranteePayment(
    key="call", value_date=date(2024, 6, 11), amount_minor=500_00, guarantor="GUA-1"
)
EXCEED = "exceed USD 100.00 and 1 % of the debt"
DEFAULTED = "its default was declared on 2024-06-10"
LATE_102 = (
    "instalment 1 of USD 115.37, due on 2024-02-29, has been unpaid for {} days, and the "
    f"arrears of USD 1,252.03 {EXCEED}"
)


def paid(on, minor):
    return Payment(key="paid", value_date=on, amount_minor=minor)


def re_aged(month):
    day = date(2024, month, 10)
    return ReAged(
        key=f"aged:{month}", value_date=day, treatment=Treatment.DEFERRED, cause="Flood."
    )


def standing(on, events, loan=LOAN):
    state = fold(loan, [drawdown(loan), *events])
    return advance(loan, state, on)[0]


@pytest.mark.parametrize(
    ("on", "events", "reasons"),
    [
        (date(2024, 5, 29), [], []),
        (
            date(2024, 5, 30),
            [],
            [
                "instalment 1 of USD 115.03, due on 2024-02-29, has been unpaid for 91 "
                f"days, and the arrears of USD 339.03 {EXCEED}"
            ],
        ),
        (date(2024, 6, 28), [PAUSE], []),
        (
            date(2024, 6, 29),
            [PAUSE],
            [
                "instalment 1 of USD 115.03, due on 2024-02-29, has been unpaid for 91 "
                f"days, and the arrears of USD 349.97 {EXCEED}; 30 days of moratorium do "
                "not count"
            ],
        ),
        (date(2024, 5, 10), [FEE], []),
        (
            date(2024, 5, 11),
            [FEE],
            [
                "what a fee or a payment taken back left of USD 150.00, due on "
                "2024-02-10, has been unpaid for 91 days, and the arrears of USD 487.14 "
                f"{EXCEED}"
            ],
        ),
        (date(2024, 6, 10), [DEFAULT], [DEFAULTED, LATE_102.format(102)]),
        (
            date(2024, 6, 20),
            [DEFAULT, LOST],
            [DEFAULTED, "it was written off on 2024-06-15", LATE_102.format(112)],
        ),
        (
            date(2024, 9, 19),
            [DEFAULT, paid(date(2024, 6, 20), 1_000_00)],
            [
                DEFAULTED,
                "the rest of the debt of USD 252.03, due on 2024-06-10, has been unpaid "
                f"for 101 days, and the arrears of USD 252.03 {EXCEED}",
            ],
        ),
        (
            date(2024, 7, 1),
            [DEFAULT, NEW_SCHEDULE],
            [f"{DEFAULTED}, and it was restructured on 2024-06-20 but not cured yet"],
        ),
        (date(2025, 6, 20), [DEFAULT, paid(date(2024, 6, 20), 2_000_00)], []),
        (date(2024, 5, 30), [re_aged(4)], []),
        (
            date(2024, 5, 31),
            [re_aged(4)],
            [
                "it was forborne on 2024-04-10 and is on probation until 2026-04-10, "
                "during which it is 31 days past due"
            ],
        ),
        (
            date(2024, 5, 11),
            [re_aged(4), re_aged(5)],
            [
                "it was forborne on 2024-05-10 and is on probation until 2026-05-10, and "
                "it had been forborne before"
            ],
        ),
        (date(2024, 5, 29), [re_aged(5)], []),
    ],
)
def test_non_performing_says_why(on, events, reasons):
    state = standing(on, events)
    assert list(why_non_performing(LOAN, state, on)) == reasons


def test_probation_ends_on_its_day():
    loan = terms(amortization=Amortization.LINEAR, principal=12_000_00, n_periods=36)
    story = [re_aged(4), re_aged(5)]
    story += [
        Payment(key=f"paid:{n}", value_date=row.due_date, amount_minor=460_00)
        for n, row in enumerate(loan.instalments[4:27])
    ]
    last, after = (standing(date(2026, 5, day), story, loan) for day in (9, 10))
    (reason,) = why_non_performing(loan, last, date(2026, 5, 9))
    assert "forborne before" in reason
    assert why_non_performing(loan, after, date(2026, 5, 10)) == ()


def test_what_is_immaterial_makes_nothing_non_performing():
    on = date(2024, 12, 1)
    state = standing(on, [], SMALL)
    assert 80_00 < state.overdue_minor < 100_00
    assert why_non_performing(SMALL, state, on) == ()


@pytest.mark.parametrize(
    ("on", "events", "obstacles"),
    [
        (
            date(2024, 6, 10),
            [DEFAULT],
            ["USD 449.36 would be due without the default and is not paid"],
        ),
        # The fourth instalment, 109.33 on the day of default, is paid but for 6.36; the
        # fifth, 100.00 of principal, fell due on 30 June by the schedule.
        (
            date(2024, 7, 1),
            [DEFAULT, paid(date(2024, 6, 20), 443_00)],
            ["USD 106.36 would be due without the default and is not paid"],
        ),
        (
            date(2024, 6, 29),
            [DEFAULT, paid(date(2024, 6, 20), 443_00)],
            ["USD 6.36 would be due without the default and is not paid"],
        ),
        (
            date(2024, 6, 30),
            [DEFAULT, paid(date(2024, 6, 20), 500_00)],
            [
                "USD 52.03 would be due without the default and is not paid",
                "the arrears were paid on 2024-06-20; the probation ends on 2024-09-20",
            ],
        ),
        (
            date(2024, 9, 19),
            [DEFAULT, paid(date(2024, 6, 20), 1_000_00)],
            ["the arrears were paid on 2024-06-20; the probation ends on 2024-09-20"],
        ),
        (date(2024, 9, 20), [DEFAULT, paid(date(2024, 6, 20), 1_000_00)], []),
        (
            date(2025, 6, 19),
            [DEFAULT, NEW_SCHEDULE, paid(date(2024, 8, 1), 2_000_00)],
            ["it was restructured on 2024-06-20; the cure period ends on 2025-06-20"],
        ),
        (
            date(2025, 6, 20),
            [DEFAULT, NEW_SCHEDULE, paid(date(2024, 8, 1), 2_000_00)],
            [],
        ),
        (
            date(2024, 6, 20),
            [DEFAULT, GUARANTEE],
            ["its guarantor has paid the claim, so the default stands"],
        ),
    ],
)
def test_a_default_ends_only_when_nothing_stands_against_it(on, events, obstacles):
    assert cure_obstacles(LOAN, standing(on, events), on) == obstacles
