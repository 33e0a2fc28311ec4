"""The life stories of ``docs/worked-examples/servicing-*.md``, executed line by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.claims import guarantee_due_minor
from longtail.servicing.dues import advance, coming_dues, days_past_due
from longtail.servicing.events import (
    Chargeback,
    Cured,
    DefaultDeclared,
    Drawdown,
    FeeCharged,
    GuaranteePayment,
    Moratorium,
    PartialWriteOff,
    Payment,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Restructured,
    Reversal,
    Source,
    Treatment,
    WriteOff,
)
from longtail.servicing.readings.settling import settlement
from longtail.servicing.state import State
from longtail.servicing.step import absorb, steps
from tests.servicing.scenarios import terms

PAGES = sorted((Path(__file__).parents[2] / "docs/worked-examples").glob("servicing-*.md"))
PARTIES = ("A", "B", "guarantor", "provider")


def tables(page):
    """Return the tables of a page, each as rows by column name."""
    found, columns = [], None
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            columns = None
        elif columns is None:
            columns = cells
            found.append([])
        elif not set(line) <= set("|- "):
            found[-1].append(dict(zip(columns, cells, strict=True)))
    return found


def minor(text):
    return int(text.replace(",", "").replace(".", ""))


def details(row):
    """Return what else the row says of its event, as in ``rate 24 %; periods 4``."""
    parts = [part.split(" ", 1) for part in row.get("detail", "").split("; ") if part]
    return dict(parts)


def bps(text):
    return int(text.rstrip(" %")) * 100


def schedule_of(more):
    return {
        "n_periods": int(more["periods"]),
        "first_due_date": date.fromisoformat(more["first"]),
        "amortization": Amortization.LINEAR,
    }


def event_of(row, number):
    key = row.get("key") or f"{row['date']}:{number}"
    day = {"key": key, "value_date": date.fromisoformat(row["date"])}
    amount = {"amount_minor": minor(row.get("amount") or "0")}
    more = details(row)
    match row["event"]:
        case "payment":
            return Payment(**day, **amount, source=Source(more.get("from", "borrower")))
        case "guarantee":
            return GuaranteePayment(**day, **amount, guarantor="guarantor")
        case "fee":
            return FeeCharged(**day, **amount, name="visit", payee=more.get("to", ""))
        case "chargeback":
            return Chargeback(**day, **amount, of=more["of"])
        case "reversal":
            return Reversal(**day, **amount, of=more["of"])
    return change_of(row, day, amount, more)


def change_of(row, day, amount, more):
    treatment = {"treatment": Treatment(more.get("interest", "deferred"))}
    match row["event"]:
        case "rate change":
            return RateChanged(**day, rate_bps=bps(more["rate"]))
        case "holiday":
            n = int(more["instalments"])
            return PaymentHoliday(**day, n_instalments=n, **treatment)
        case "moratorium":
            return Moratorium(**day, until=date.fromisoformat(more["until"]), **treatment)
        case "re-ageing":
            return ReAged(**day, **treatment, cause="Flood.")
        case "re-amortisation":
            return ReAmortised(**day, **schedule_of(more))
        case "restructuring":
            return Restructured(
                **day,
                **treatment,
                **schedule_of(more),
                principal_minor=minor(more["principal"]),
                interest_minor=minor(more["waived"]),
                penalty_minor=minor(more["waived"]),
                rate_bps=bps(more["rate"]),
            )
        case "partial write-off":
            return PartialWriteOff(**day, **amount)
    return PLAIN[row["event"]](**day)


PLAIN = {"default": DefaultDeclared, "cure": Cured, "write-off": WriteOff}


@pytest.mark.parametrize("story", PAGES, ids=lambda path: path.stem)
def test_every_line_comes_out_as_written(story):
    given, life = tables(story)
    given = {row["terms"]: row["value"] for row in given}
    cover_bps = bps(given["cover"])
    resolved = terms(
        principal=minor(given["principal"]),
        n_periods=int(given["months"]),
        amortization=Amortization.LINEAR,
        cover_bps=cover_bps or 1,
    )
    whole = resolved.principal_minor
    start = Drawdown(
        key="drawdown",
        value_date=date.fromisoformat(given.get("paid out", "2024-01-31")),
        holdings=(("A", whole * 6 // 10), ("B", whole * 4 // 10)),
    )
    events = [event_of(row, n) for n, row in enumerate(life) if row["event"] != "look"]
    done = {step.event.key: step for step in steps(resolved, [start, *events])}
    before = done["drawdown"].after
    for n, row in enumerate(life):
        on = date.fromisoformat(row["date"])
        if row["event"] == "look":
            looked, _ = advance(resolved, before, on)
            assert said(row) == happened(resolved, before, looked, (), row), row["date"]
            continue
        event = event_of(row, n)
        if row["event"] == "guarantee":
            assert event.amount_minor == guarantee_due_minor(before, cover_bps)
        step = done.get(event.key)
        if step is None:
            assert any(isinstance(e, Reversal) and e.of == event.key for e in events)
            continue
        after = step.after
        assert said(row) == happened(resolved, before, after, step.entries, row), row
        before = after
    # Whatever the order of arrival.
    state, seen = State(), []
    for event in [*reversed(events), start]:
        state = absorb(resolved, state, event, lambda: list(seen))
        seen.append(event)
    assert state == before


def said(row):
    return {
        name: minor(text) if name not in WORDS else text
        for name, text in row.items()
        if name not in UNSAID and text
    }


UNSAID = ("date", "event", "amount", "detail", "key")
WORDS = ("next due", "status", "days past due")


def happened(resolved, before, state, entries, row):
    paid = [e for e in entries if e.party != "guarantor" or row["event"] != "guarantee"]
    by_party = {e.party: e for e in entries}
    coming = next(coming_dues(resolved, state), None)
    on = date.fromisoformat(row["date"])
    figures = {
        "late interest": sum(e.penalty_minor for e in paid),
        "interest": sum(e.interest_minor for e in paid),
        "principal": sum(e.principal_minor for e in paid),
        "fee": sum(e.fee_minor for e in paid),
        "unapplied": state.unapplied_minor - before.unapplied_minor,
        "to return": state.reversed_minor - before.reversed_minor,
        "principal owed": state.owed_minor,
        "on the books": state.outstanding_minor,
        "overdue": state.overdue_minor,
        "settlement": settlement(resolved, state, on).total_minor,
        "next due": str(coming.due_date) if coming else "none",
        "next interest": coming.interest_minor if coming else 0,
        "next principal": coming.principal_minor if coming else 0,
        "status": state.status.value,
        "days past due": str(days_past_due(resolved, state, on)),
    }
    for party in PARTIES:
        entry = by_party.get(party)
        figures[party] = entry.cash_minor if entry else 0
        figures[f"{party} lost"] = entry.loss_minor if entry else 0
    return {name: figures[name] for name in said(row)}
