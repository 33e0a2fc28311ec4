"""Reads the sample and chooses the loans to replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import count, islice
from pathlib import Path
from typing import Any

from longtail.interfaces.cli.demo import plan
from longtail.interfaces.cli.demo.plan import Loan
from longtail.underwriting import sample

SMALLEST, LARGEST = 5_000, 1_500_000


class NoLoans(SystemExit):
    """The table holds no loan that can be replayed."""


def read(path: Path, *, first_fiscal_year: int = 2003) -> list[Loan]:
    """Read the loans of a table that can be replayed, by approval date.

    Args:
        path: A Parquet file of the sample's columns.
        first_fiscal_year: Earlier vintages train the model and are not replayed.

    Raises:
        NoLoans: If no row qualifies.
    """
    table = sample.read(path)
    names = list(table)
    rows = [
        dict(zip(names, values, strict=True))
        for values in zip(*table.values(), strict=True)
    ]
    tenors = plan.tenor_table([_tenor_row(row) for row in rows])
    loans = [
        _loan(row, tenors)
        for row in rows
        if _year(row) >= first_fiscal_year and _can_be_replayed(row)
    ]
    if not loans:
        raise NoLoans(f"{path} holds no loan approved in or after FY {first_fiscal_year}.")
    return sorted(loans, key=lambda loan: (loan.approval_date, loan.number))


def choose(loans: list[Loan], how_many: int) -> list[Loan]:
    """Choose loans at the natural charge-off rate, the same ones every time.

    Args:
        loans: All that can be replayed.
        how_many: At most this many.
    """
    shuffled = sorted(loans, key=lambda loan: plan.draw(loan.number, "pick", 2**32))
    lost = [loan for loan in shuffled if loan.charge_off_date]
    paid = [loan for loan in shuffled if not loan.charge_off_date]
    mass_lost, mass_paid = (
        sample.CHARGED_OFF_WEIGHT * len(lost),
        sample.PAID_WEIGHT * len(paid),
    )
    n_lost = round(how_many * mass_lost / (mass_lost + mass_paid))
    chosen = lost[:n_lost] + paid[: how_many - n_lost]
    return sorted(chosen, key=lambda loan: (loan.approval_date, loan.number))


def redated(loans: list[Loan], *, chosen: list[Loan], days: list[date]) -> list[Loan]:
    """Return further loans, one a day given, approved on that day instead of their own.

    They keep the site alive after the replay: open books, fresh agreements. They are
    peer-to-peer loans, whose books stay open for days.
    """
    taken = {loan.number for loan in chosen}
    fresh = (
        loan
        for loan in sorted(loans, key=lambda loan: plan.draw(loan.number, "fresh", 2**32))
        if loan.number not in taken
        and loan.charge_off_date is None
        and plan.mode_of(loan) != "bank-loan"
    )
    return [
        replace(loan, approval_date=day)
        for loan, day, _ in zip(islice(fresh, len(days)), days, count(), strict=False)
    ]


def _year(row: Mapping[str, Any]) -> int:
    year = row["ApprovalFY"]
    return int(year) if year == year and year is not None else 0


def _sector(row: Mapping[str, Any]) -> str:
    return str(int(row["NAICS"]) // 10_000) if row["NAICS"] else ""


def _tenor_row(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "sector": _sector(row),
        "amount": int(row["GrAppv"]),
        "term": int(row["Term"]),
        "is_paid": _charge_off_date(row) is None,
    }


def _can_be_replayed(row: Mapping[str, Any]) -> bool:
    is_loss = _charge_off_date(row) is not None
    return (
        SMALLEST <= row["GrAppv"] <= LARGEST
        and bool(row["Bank"])
        and bool(row["City"])
        and (is_loss or 6 <= row["Term"] <= plan.LONGEST_MONTHS)
        and (not is_loss or row["ChgOffPrinGr"] > 0)
    )


def _charge_off_date(row: Mapping[str, Any]) -> date | None:
    return as_date(row["ChgOffDate"]) if row["MIS_Status"] == "CHGOFF" else None


def as_date(value: Any) -> date | None:
    """Return a date from whatever the table's reader gives; None for a missing one."""
    if value is None or value != value:
        return None
    text = str(value)[:10]
    return None if text == "NaT" else date.fromisoformat(text)


def _loan(row: Mapping[str, Any], tenors: Mapping[tuple[str, int], int]) -> Loan:
    approved = as_date(row["ApprovalDate"])
    assert approved is not None, "the sample's approval dates are complete"
    amount, lost_on = int(row["GrAppv"]), _charge_off_date(row)
    tenor = int(row["Term"])
    if lost_on:
        months = (lost_on - approved).days // 30 + 1
        tenor = plan.imputed_tenor(
            table=tenors, sector=_sector(row), amount=amount, months_to_loss=months
        )
    return Loan(
        number=int(row["LoanNr_ChkDgt"]),
        # Some cities carry a remark in brackets, cut off by the source's column width.
        city=str(row["City"]).split("(")[0].strip().title(),
        state=str(row["State"]),
        bank=str(row["Bank"]),
        sector=_sector(row),
        approval_date=approved,
        tenor_months=tenor,
        employees=int(row["NoEmp"]),
        amount_minor=amount * 100,
        guaranteed_bps=round(10_000 * row["SBA_Appv"] / row["GrAppv"]),
        charge_off_date=lost_on,
        charge_off_minor=min(int(row["ChgOffPrinGr"]), amount) * 100 if lost_on else 0,
        facts=sample.facts_of(row),
    )
