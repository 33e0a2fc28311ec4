from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.interfaces.cli.demo import calendar, plan
from longtail.terms.resolve import Instalment
from longtail.values.dates import add_months

DRAWN = date(2003, 1, 15)


def loan(**changes):
    facts = {
        "number": 1,
        "city": "Austin",
        "state": "TX",
        "bank": "FIRST BANK",
        "sector": "44",
        "approval_date": date(2003, 1, 2),
        "tenor_months": 24,
        "employees": 4,
        "amount_minor": 24_000_00,
        "guaranteed_bps": 5_000,
        "charge_off_date": None,
        "charge_off_minor": 0,
        "facts": {},
    }
    return plan.Loan(**(facts | changes))


def instalments(principal_minor, n):
    base, rest = divmod(principal_minor, n)
    return tuple(
        Instalment(k, add_months(DRAWN, k), base + (rest if k == n else 0), 1_000)
        for k in range(1, n + 1)
    )


def test_a_paid_in_full_loan_pays_every_instalment_on_its_day():
    dues = plan.payments(loan(), instalments(24_000_00, 24))
    assert [d.date for d in dues] == [add_months(DRAWN, k) for k in range(1, 25)]
    assert sum(d.amount_minor for d in dues) == 24_000_00 + 24 * 1_000


@given(
    loss=st.integers(1, 24_000_00),
    days=st.integers(30, 2_000),
    n=st.integers(6, 60),
)
def test_a_charged_off_loan_never_repays_past_its_real_loss(loss, days, n):
    lost_on = DRAWN + timedelta(days=days)
    schedule = instalments(24_000_00, n)
    dues = plan.payments(loan(charge_off_date=lost_on, charge_off_minor=loss), schedule)
    repaid = sum(d.amount_minor - 1_000 for d in dues)
    assert 0 <= repaid <= 24_000_00 - loss
    assert all(d.date <= lost_on - timedelta(days=plan.SILENCE_DAYS) for d in dues)
    # It stops short of the real loss only when the charge-off left no time.
    due_in_time = [
        i for i in schedule if i.due_date <= lost_on - timedelta(days=plan.SILENCE_DAYS)
    ]
    if sum(i.principal_minor for i in due_in_time) >= 24_000_00 - loss:
        assert repaid == 24_000_00 - loss


@pytest.mark.parametrize(("months", "expected"), [(5, 84), (100, 108), (400, 120)])
def test_the_imputed_tenor_reaches_the_loss_in_whole_years(months, expected):
    tenor = plan.imputed_tenor(table={}, sector="44", amount=10, months_to_loss=months)
    assert tenor == expected


def test_modes_are_fixed_by_the_loan_and_spread_over_all_three():
    modes = [plan.mode_of(loan(number=n)) for n in range(1_000)]
    assert modes == [plan.mode_of(loan(number=n)) for n in range(1_000)]
    assert {m: round(modes.count(m), -2) for m in set(modes)} == {
        "bank-loan": 600,
        "p2p-guaranteed": 300,
        "p2p-unsecured": 100,
    }


def test_the_replay_stops_on_month_ends_young_demands_and_real_losses():
    lost = loan(charge_off_date=date(2004, 6, 13), charge_off_minor=1)
    until = calendar.last_day([lost])
    days = calendar.stops([lost], until=until)
    assert days == sorted(set(days))
    assert {date(2003, 1, 3), date(2004, 6, 13), date(2004, 5, 14), until} <= set(days)
    assert sum(day.month == 2 and day.year == 2004 for day in days) == 1
