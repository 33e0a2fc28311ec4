"""What each real loan does in the replay. Pure: no database, no clock.

The sample does not hold everything a replay needs; what is imputed, rounded or clipped
is listed in the sample's data card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from statistics import median

from longtail.terms.resolve import Instalment

LONGEST_MONTHS = 120
# How long before its charge-off a borrower has stopped paying, at the least: default is
# declared past 90 days, at a month end, and the guarantor is called before the write-off.
SILENCE_DAYS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """One row of the sample, in the units of the platform.

    Attributes:
        amount_minor: Amount approved, cents.
        guaranteed_bps: Share that the SBA guaranteed.
        tenor_months: Contractual tenor; imputed for charged-off loans.
        charge_off_date: When it was charged off, or None when it was paid in full.
        charge_off_minor: Principal charged off, cents, at most the amount.
        facts: What the assessment may know, in the words of ``underwriting``.
    """

    number: int
    city: str
    state: str
    bank: str
    sector: str
    approval_date: date
    tenor_months: int
    employees: int
    amount_minor: int
    guaranteed_bps: int
    charge_off_date: date | None
    charge_off_minor: int
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Due:
    """A payment the borrower will make."""

    date: date
    amount_minor: int


def draw(number: int, purpose: str, sides: int) -> int:
    """Return a number in [0, sides) that is fixed by the loan and the purpose."""
    digest = sha256(f"{purpose}:{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % sides


def mode_of(loan: Loan) -> str:
    """Return the mode a loan is replayed in: six, three and one of ten."""
    face = draw(loan.number, "mode", 10)
    if face < 6:
        return "bank-loan"
    return "p2p-guaranteed" if face < 9 else "p2p-unsecured"


def tenor_table(rows: Sequence[Mapping[str, object]]) -> dict[tuple[str, int], int]:
    """Return the median realised term of paid-in-full loans by sector and amount band.

    Args:
        rows: Rows of the sample with ``sector``, ``amount``, ``term``, ``is_paid``.

    Returns:
        Months by (sector, band); the key ("", band) is every sector together.
    """
    terms: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        if row["is_paid"] and row["term"]:
            for sector in (str(row["sector"]), ""):
                key = (sector, band(int(row["amount"])))  # type: ignore[call-overload]
                terms.setdefault(key, []).append(int(row["term"]))  # type: ignore[call-overload]
    return {key: round(median(values)) for key, values in terms.items() if len(values) > 4}


def band(amount_dollars: int) -> int:
    """Return the amount band 0..3 of a loan."""
    return sum(amount_dollars > edge for edge in (50_000, 150_000, 500_000))


def imputed_tenor(
    *, table: Mapping[tuple[str, int], int], sector: str, amount: int, months_to_loss: int
) -> int:
    """Return a charged-off loan's contractual tenor, whole years, in months.

    Its ``Term`` in the sample is the realised one, which ends with the loss.
    """
    typical = table.get((sector, band(amount)), table.get(("", band(amount)), 84))
    years = -(-max(typical, months_to_loss) // 12)
    return min(LONGEST_MONTHS, 12 * years)


def payments(loan: Loan, instalments: Sequence[Instalment]) -> tuple[Due, ...]:
    """Return what the borrower pays from its own cash, in date order.

    A paid-in-full loan pays each instalment on its due date. A charged-off one stops
    when its balance has come down to the real loss, with one last partial payment to
    hit it, or when the schedule would outlast the silence before the charge-off.
    """
    if loan.charge_off_date is None:
        return tuple(
            Due(i.due_date, i.principal_minor + i.interest_minor) for i in instalments
        )
    last_day = loan.charge_off_date - timedelta(days=SILENCE_DAYS)
    to_repay = sum(i.principal_minor for i in instalments) - loan.charge_off_minor
    paid: list[Due] = []
    for instalment in instalments:
        if instalment.due_date > last_day or to_repay <= 0:
            break
        principal = min(to_repay, instalment.principal_minor)
        paid.append(Due(instalment.due_date, principal + instalment.interest_minor))
        to_repay -= principal
    return tuple(paid)
