"""An agreement as numbers for arrays: what they are, and until when they hold.

One loan of 1,200.00 at 12 % (30E/360), paid out on 31 January 2024, twelve months, 100.00
of principal each.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.kernels.servicing.accruing import DAY_COUNTS
from longtail.kernels.servicing.ageing import bucket_bounds, day_number
from longtail.servicing.closed_form import UNPAID, closed_form
from longtail.servicing.codec import decode, encode
from longtail.servicing.dues import advance, days_past_due, late_dates
from longtail.servicing.events import (
    DefaultDeclared,
    Moratorium,
    Payment,
    PaymentHoliday,
    ReAged,
    Treatment,
)
from longtail.servicing.portfolio import SCALARS, STARTS, columns_of, figures, joined
from longtail.servicing.readings.settling import settlement
from longtail.servicing.state import State
from longtail.servicing.step import fold
from tests.servicing.scenarios import drawdown, terms

LOAN = terms(amortization=Amortization.LINEAR)
START, FIRST, SECOND = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
FRESH = {
    "currency": "USD",
    "holds_until": FIRST,
    "next_due_date": FIRST,
    "due_interest_minor": 12_00,
    "due_principal_minor": 100_00,
    "book_minor": 1_200_00,
    "earned_micro": 0,
    "earned_to": START,
    "period_interest_minor": 12_00,
    "period_days": 29,
    "bearing_minor": 1_200_00,
    "scheduled_minor": 1_200_00,
    "ahead_interest_minor": 0,
    "late_rate_bps": LOAN.late_rate_bps,
    "day_count": DAY_COUNTS.index(LOAN.day_count),
    "unpaid": [],
}
NOTHING_COMES = {
    "holds_until": None,
    "next_due_date": None,
    "due_interest_minor": 0,
    "due_principal_minor": 0,
    "earned_to": None,
    "period_interest_minor": 0,
    "period_days": 1,
    "bearing_minor": 0,
    "scheduled_minor": 0,
}


def paid(day, minor):
    return Payment(key="paid", value_date=day, amount_minor=minor)


def pause(day, until):
    return Moratorium(
        key=f"pause:{day}", value_date=day, until=until, treatment=Treatment.DEFERRED
    )


def skipped(day):
    return PaymentHoliday(
        key="skip", value_date=day, n_instalments=1, treatment=Treatment.DEFERRED
    )


def after(*events):
    return fold(LOAN, [drawdown(LOAN), *events])


# Inside a period interest accrues by the calendar: ten of its 29 days.
TEN_DAYS = 12_00 * 1_000_000 * 10 // 29


@pytest.mark.parametrize(
    ("state", "on", "change"),
    [
        (after(), None, {}),
        (after(), date(2024, 2, 28), {}),
        # What is paid ahead: first the interest of the period, then its principal.
        (
            after(paid(date(2024, 2, 10), 50_00)),
            None,
            {
                "due_interest_minor": 0,
                "due_principal_minor": 62_00,
                "ahead_interest_minor": 12_00,
                "book_minor": 1_162_00,
            },
        ),
        (
            after(paid(date(2024, 2, 10), 5_00)),
            None,
            {
                "due_interest_minor": 7_00,
                "ahead_interest_minor": 5_00,
            },
        ),
        # The instalment of 29 February is due and unpaid, the next runs 31 days.
        (
            after(),
            FIRST,
            {
                "holds_until": SECOND,
                "next_due_date": SECOND,
                "due_interest_minor": 11_00,
                "earned_to": FIRST,
                "period_interest_minor": 11_00,
                "period_days": 31,
                "bearing_minor": 1_100_00,
                "scheduled_minor": 1_100_00,
                "unpaid": [
                    1,
                    day_number(FIRST),
                    12_00,
                    100_00,
                    0,
                    0,
                    day_number(FIRST),
                    0,
                ],
            },
        ),
        # In default everything is due and stands still.
        (
            after(DefaultDeclared(key="d", value_date=date(2024, 2, 10))),
            None,
            NOTHING_COMES
            | {
                "late_rate_bps": 0,
                "unpaid": [
                    0,
                    day_number(date(2024, 2, 10)),
                    4_14,
                    1_200_00,
                    0,
                    0,
                    day_number(date(2024, 2, 10)),
                    0,
                ],
            },
        ),
        (
            after(paid(date(2024, 2, 10), 1_300_00)),
            None,
            NOTHING_COMES | {"book_minor": 0, "late_rate_bps": 0},
        ),
    ],
)
def test_the_numbers_are_those_of_the_schedule(state, on, change):
    assert asdict(closed_form(LOAN, state, on=on)) == FRESH | change


def test_before_it_is_paid_out_there_is_nothing():
    form = asdict(closed_form(LOAN, State()))
    assert form == FRESH | NOTHING_COMES | {"book_minor": 0, "late_rate_bps": 0}


@pytest.mark.parametrize(
    ("state", "last"),
    [
        # A skipped instalment is the fold's to tell: the day before is the last.
        (after(skipped(date(2024, 2, 10))), date(2024, 2, 28)),
        (after(pause(date(2024, 2, 10), date(2024, 3, 10))), date(2024, 2, 28)),
        # One standstill is told in the arrays, two that run on are not.
        (after(pause(date(2024, 2, 10), date(2024, 2, 20))), FIRST),
        (
            after(
                pause(date(2024, 2, 10), date(2024, 2, 20)),
                pause(date(2024, 2, 12), date(2024, 2, 25)),
            ),
            date(2024, 2, 11),
        ),
        (
            after(
                pause(date(2024, 2, 10), date(2024, 2, 20)),
                pause(date(2024, 2, 20), date(2024, 2, 25)),
            ),
            FIRST,
        ),
    ],
)
def test_the_numbers_hold_until_the_schedule_moves(state, last):
    form = closed_form(LOAN, state)
    assert form.holds_until == last
    assert form.next_due_date == (last if last == FIRST else None)
    assert form.due_interest_minor == (12_00 if last == FIRST else 0)
    assert form.due_principal_minor == (100_00 if last == FIRST else 0)


def test_a_deferral_that_falls_due_with_the_last_instalment_is_the_folds_to_tell():
    loan = terms(amortization=Amortization.LINEAR, n_periods=2)
    aged = ReAged(
        key="aged", value_date=date(2024, 3, 10), treatment=Treatment.DEFERRED, cause="F."
    )
    state = fold(loan, [drawdown(loan), aged])
    assert [o.due_date for o in state.deferred] == [SECOND]
    form = closed_form(loan, state)
    assert form.holds_until == date(2024, 3, 30)
    assert form.next_due_date is None


def columns(*states, first=0):
    rows = []
    for number, state in enumerate(states, first):
        form = closed_form(LOAN, state)
        given = asdict(form) | dict(
            zip(
                ("unpaid_from", "paused_from", "paused_until"),
                late_dates(LOAN, state),
                strict=True,
            ),
            id=number,
        )
        row = [given[name] for name in SCALARS]
        row = [day_number(v) if v is None or isinstance(v, date) else v for v in row]
        rows.append((row, form.unpaid))
    return columns_of((r for r, _ in rows), (u for _, u in rows))


DEFAULTED = after(DefaultDeclared(key="d", value_date=date(2024, 2, 10)))


def test_on_its_due_date_an_instalment_is_due_and_the_next_has_earned_nothing():
    found = figures(columns(after()), on=FIRST)
    told = {name: values.tolist() for name, values in asdict(found).items()}
    assert told == {
        "days_past_due": [0],
        "bucket": [0],
        "outstanding_minor": [1_200_00],
        "earned_micro": [0],
        "accrued_minor": [0],
        "overdue_interest_minor": [12_00],
        "overdue_principal_minor": [100_00],
        "fee_minor": [0],
        "late_micro": [0],
        "penalty_minor": [0],
        "overdue_minor": [112_00],
        "due_today_minor": [112_00],
    }
    half = figures(columns(after()), on=date(2024, 2, 10))
    assert half.earned_micro.tolist() == [TEN_DAYS]
    assert half.accrued_minor.tolist() == [4_14]
    assert half.due_today_minor.tolist() == half.overdue_minor.tolist() == [0]


def test_parts_of_a_portfolio_are_joined_as_if_they_had_been_one():
    states = [DEFAULTED, after(), DEFAULTED, after(paid(date(2024, 2, 10), 50_00))]
    parts = [
        columns(*states[:1]),
        columns(*states[1:3], first=1),
        columns(states[3], first=3),
    ]
    whole, together = columns(*states), joined(parts)
    assert together.owner.tolist() == whole.owner.tolist() == [0, 2]
    assert together.owner.dtype == whole.owner.dtype
    assert together.unpaid.tolist() == whole.unpaid.tolist()
    assert {n: v.tolist() for n, v in together.of.items()} == {
        n: v.tolist() for n, v in whole.of.items()
    }
    ours, theirs = (figures(c, on=date(2024, 2, 20)) for c in (together, whole))
    for name, values in asdict(ours).items():
        assert values.tolist() == asdict(theirs)[name].tolist()


def test_no_agreements_are_no_figures():
    empty = columns()
    assert empty.unpaid.shape == (0, len(UNPAID))
    assert figures(empty, on=FIRST).overdue_minor.tolist() == []


def test_a_bucket_holds_the_due_dates_of_its_days():
    on = date(2024, 7, 1)
    days = [date(2024, 6, 30), date(2024, 5, 31), date(2024, 5, 1), date(2024, 4, 1)]
    assert bucket_bounds(STARTS, on) == [
        (days[0], None),
        (days[1], days[0]),
        (days[2], days[1]),
        (days[3], days[2]),
        (None, days[3]),
    ]


def test_standstills_before_the_last_move_the_day_that_days_are_counted_from():
    """Days past due told from the dates are those of the fold, on every day after."""
    pauses = [
        (date(2024, 2, 10), date(2024, 3, 10)),
        (date(2024, 4, 1), date(2024, 4, 11)),
        (date(2024, 4, 21), date(2024, 5, 1)),
        (date(2024, 6, 1), date(2024, 6, 16)),
    ]
    state = replace(after(), pauses=pauses)
    # Of the first standstill ten days lie after 29 February; then ten and ten.
    assert late_dates(LOAN, state) == (date(2024, 3, 30), *pauses[-1])
    overdue, _ = advance(LOAN, state, date(2024, 7, 1))
    assert days_past_due(LOAN, overdue, date(2024, 7, 1)) == 123 - 10 - 10 - 10 - 15
    assert days_past_due(LOAN, overdue, FIRST) == 0
    assert days_past_due(LOAN, overdue, date(2024, 3, 1)) == 0
    assert days_past_due(LOAN, overdue, date(2024, 3, 11)) == 1
    assert late_dates(LOAN, replace(state, pauses=[])) == (FIRST, None, None)
    assert late_dates(LOAN, after(paid(FIRST, 2_000_00))) == (None, None, None)


def test_a_state_of_an_earlier_version_is_read():
    state = after()
    plain = encode(state)
    later = ("treatment", "plan", "skips", "deferred", "open", "pauses", "is_broken")
    assert decode({k: v for k, v in plain.items() if k not in later}) == state
    skipping = after(
        replace(skipped(date(2024, 2, 10)), treatment=Treatment.CAPITALISED),
        pause(date(2024, 2, 12), date(2024, 2, 20)),
    )
    assert skipping.treatment is Treatment.CAPITALISED
    assert decode(encode(skipping)) == skipping


def test_what_fell_due_on_the_day_is_due_today_and_what_fell_due_before_is_not():
    rolled = closed_form(LOAN, after(), on=FIRST)
    row = asdict(rolled) | {
        "id": 1,
        "unpaid_from": FIRST,
        "paused_from": None,
        "paused_until": None,
    }
    scalars = [row[name] for name in SCALARS]
    scalars = [day_number(v) if v is None or isinstance(v, date) else v for v in scalars]
    found = columns_of([scalars], [rolled.unpaid])
    assert figures(found, on=FIRST).due_today_minor.tolist() == [112_00]
    assert figures(found, on=date(2024, 3, 1)).due_today_minor.tolist() == [0]
    assert figures(found, on=SECOND).due_today_minor.tolist() == [111_00]
    assert figures(found, on=SECOND).overdue_minor.tolist() == [112_00 + 1_03 + 111_00]


def test_what_was_paid_ahead_is_not_settled_again():
    state = after(paid(date(2024, 2, 10), 50_00))
    told = settlement(LOAN, state, date(2024, 2, 20))
    # The period's interest of 12.00 is paid, though only 20 of 29 days have passed.
    assert told.total_minor == 1_162_00
    assert told.on == date(2024, 2, 20)
