"""The life stories of ``docs/worked-examples/servicing-*.md``, executed line by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.claims import guarantee_due_minor
from longtail.servicing.events import (
    DefaultDeclared,
    Drawdown,
    GuaranteePayment,
    Payment,
    WriteOff,
)
from longtail.servicing.rules import State
from longtail.servicing.step import step
from tests.servicing.scenarios import terms

PAGES = sorted((Path(__file__).parents[2] / "docs/worked-examples").glob("servicing-*.md"))
PARTIES = ("A", "B", "guarantor")


def tables(page):
    """Return the tables of a page, each as rows by column name."""
    found, columns = [], None
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
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


def event_of(row):
    day = {"key": row["date"], "value_date": date.fromisoformat(row["date"])}
    amount = {"amount_minor": minor(row["amount"])}
    match row["event"]:
        case "payment":
            return Payment(**day, **amount)
        case "default":
            return DefaultDeclared(**day)
        case "guarantee":
            return GuaranteePayment(**day, **amount, guarantor="guarantor")
        case "write-off":
            return WriteOff(**day)
    raise ValueError(row["event"])


@pytest.mark.parametrize("story", PAGES, ids=lambda path: path.stem)
def test_every_line_comes_out_as_written(story):
    given, life = tables(story)
    given = {row["terms"]: row["value"] for row in given}
    cover_bps = int(given["cover"].rstrip(" %")) * 100
    resolved = terms(
        principal=minor(given["principal"]),
        n_periods=int(given["months"]),
        amortization=Amortization.LINEAR,
        cover_bps=cover_bps or 1,
    )
    whole = resolved.principal_minor
    start = Drawdown(
        key="drawdown",
        value_date=resolved.drawdown_date,
        holdings=(("A", whole * 6 // 10), ("B", whole * 4 // 10)),
    )
    state, _, _ = step(resolved, State(), start)
    for row in life:
        event = event_of(row)
        if row["event"] == "guarantee":
            assert event.amount_minor == guarantee_due_minor(state, cover_bps)
        before = state
        state, _, entries = step(resolved, state, event)
        assert said(row) == happened(before, state, entries, row), row["date"]


def said(row):
    return {name: minor(text) for name, text in row.items() if name not in UNSAID}


UNSAID = ("date", "event", "amount")


def happened(before, state, entries, row):
    paid = [e for e in entries if e.party != "guarantor" or row["event"] != "guarantee"]
    by_party = {e.party: e for e in entries}
    figures = {
        "late interest": sum(e.penalty_minor for e in paid),
        "interest": sum(e.interest_minor for e in paid),
        "principal": sum(e.principal_minor for e in paid),
        "unapplied": state.unapplied_minor - before.unapplied_minor,
        "principal owed": state.owed_minor,
        "overdue": state.overdue_minor,
    }
    for party in PARTIES:
        entry = by_party.get(party)
        figures[party] = entry.cash_minor if entry else 0
        figures[f"{party} lost"] = entry.loss_minor if entry else 0
    return {name: figures[name] for name in said(row)}
