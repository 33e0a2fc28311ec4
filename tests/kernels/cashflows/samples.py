"""Loans and roundings for the properties of schedules."""

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import schedule
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding, RoundingMode

roundings = st.builds(
    Rounding, st.sampled_from([1, 5, 100, 1000]), st.sampled_from(RoundingMode)
)


@dataclass(frozen=True)
class Loan:
    principal: int
    rate_bps: int
    numerators: tuple[int, ...]
    denominator: int

    @property
    def charges(self):
        return [
            Fraction(self.rate_bps * n, 10_000 * self.denominator) for n in self.numerators
        ]

    def schedule(self, amortization, rounding=TO_THE_MINOR_UNIT):
        return schedule(
            principal_minor=self.principal,
            rate_bps=self.rate_bps,
            numerators=self.numerators,
            denominator=self.denominator,
            amortization=amortization,
            rounding=rounding,
        )


@st.composite
def loans(draw, largest=10**12, most_bps=6_000, longest=48):
    n = draw(st.integers(1, longest))
    is_monthly = draw(st.booleans())
    numerators = draw(st.lists(st.integers(28, 31), min_size=n, max_size=n))
    return Loan(
        draw(st.integers(0, largest)),
        draw(st.integers(0, most_bps)),
        (1,) * n if is_monthly else tuple(numerators),
        12 if is_monthly else draw(st.sampled_from([360, 365])),
    )


def half_up(exact):
    return (exact + Fraction(1, 2)).__floor__()
