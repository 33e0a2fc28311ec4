"""Repayment schedules, exact to the minor unit, of one loan.

Interest of a period is the balance at its start × rate × the period's fraction of a year,
rounded as the contract says, half up to the minor unit unless it says otherwise. Principal
sums to the loan exactly: the last instalment takes what rounding left over, to the minor
unit. Many loans at once: :mod:`longtail.kernels.cashflows.schedules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from longtail.values.rates import ONE_BPS
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding, rounded


class Amortization(StrEnum):
    """How principal comes back.

    ``LEVEL``: the same payment every period. ``LINEAR``: the same principal every
    period. ``INTEREST_ONLY``: interest every period, principal at the end. ``BULLET``:
    principal and simple interest together at the end.
    """

    LEVEL = "level"
    LINEAR = "linear"
    INTEREST_ONLY = "interest-only"
    BULLET = "bullet"


def schedule(
    *,
    principal_minor: int,
    rate_bps: int,
    numerators: Sequence[int],
    denominator: int,
    amortization: Amortization,
    rounding: Rounding = TO_THE_MINOR_UNIT,
) -> tuple[tuple[int, int], ...]:
    """Return the instalments of one loan.

    Args:
        principal_minor: Amount lent, minor units.
        rate_bps: Rate a year, basis points.
        numerators: ``(n_periods,)`` fraction of a year of each period, as integers over
            ``denominator``.
        denominator: 12 for equal months, else a day count's denominator.
        amortization: How principal comes back.
        rounding: How interest, the level payment and, always down, the principal of a
            regular linear instalment become multiples of a step.

    Returns:
        (principal, interest) of each period, minor units.

    Raises:
        ValueError: If an amount or rate is negative, or there is no period.
    """
    if principal_minor < 0 or rate_bps < 0 or denominator <= 0:
        raise ValueError(f"negative terms: {principal_minor}, {rate_bps}, {denominator}")
    if not numerators or min(numerators) < 0:
        raise ValueError("a schedule needs at least one period, none of negative length")
    charges = [rate_bps * numerator for numerator in numerators]
    unit = ONE_BPS * denominator
    if amortization is Amortization.BULLET:
        interest = rounded(principal_minor * sum(charges), unit, rounding)
        return ((0, 0),) * (len(charges) - 1) + ((principal_minor, interest),)
    target = 0
    if amortization is Amortization.LEVEL:
        target = level_payment_minor(principal_minor, charges, unit, rounding)
    elif amortization is Amortization.LINEAR:
        target = linear_principal_minor(principal_minor, len(charges), rounding)
    rows: list[tuple[int, int]] = []
    balance = principal_minor
    for charge in charges:
        interest = rounded(balance * charge, unit, rounding)
        wanted = target - interest if amortization is Amortization.LEVEL else target
        repaid = balance if len(rows) == len(charges) - 1 else min(max(wanted, 0), balance)
        rows.append((repaid, interest))
        balance -= repaid
    return tuple(rows)


def linear_principal_minor(principal_minor: int, n_periods: int, rounding: Rounding) -> int:
    """Return the principal of a regular linear instalment: equal parts, rounded down."""
    return principal_minor // (n_periods * rounding.step_minor) * rounding.step_minor


def level_payment_minor(
    principal_minor: int,
    charges: Sequence[int],
    unit: int,
    rounding: Rounding = TO_THE_MINOR_UNIT,
) -> int:
    """Return the equal payment that repays a loan, rounded, computed in integers.

    Args:
        principal_minor: Amount lent, minor units.
        charges: ``(n_periods,)`` rate × fraction of each period, over ``unit``.
        unit: What a charge of 100 % of the balance would be.
        rounding: How the exact payment becomes one that can be paid.

    Returns:
        Minor units a period.

    Source:
        Brealey, Myers and Allen, *Principles of Corporate Finance*, annuities; written for
        periods of unequal length: P·ΠG = A·ΣΠG with G = 1 + charge ÷ unit.
    """
    grown, annuity, scale = 1, 0, 1
    for charge in charges:
        scale *= unit
        grown *= unit + charge
        annuity = annuity * (unit + charge) + scale
    # Both sides carry the same power of ``unit``, so it cancels.
    return rounded(principal_minor * grown, annuity, rounding)
