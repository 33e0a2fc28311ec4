"""What a chart shows. ``static/web/charts.js`` draws it, a table says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import uuid4

from longtail.interfaces.web import formats
from longtail.values.dates import add_months
from longtail.values.money import decimals


@dataclass(frozen=True, kw_only=True)
class Series:
    """One row of values, in minor units, hundredths of a percent or counts."""

    name: str
    values: Sequence[int]
    line: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart and the words around it.

    Attributes:
        title: What it shows, in a sentence; also its text alternative.
        kind: ``bars``, ``lines``, ``ranks`` (bars from the left) or ``ring``.
        labels: One a value.
        series: Rows of values.
        unit: ``money``, ``percent`` or ``count``.
        currency: ISO 4217 code, for money.
        stacked: Whether bars stand on each other.
    """

    title: str
    kind: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = "count"
    currency: str = ""
    stacked: bool = False
    key: str = field(default_factory=lambda: f"chart-{uuid4().hex[:8]}")

    @property
    def spec(self) -> dict[str, object]:
        """What the script reads; values in major units."""
        return {
            "kind": self.kind,
            "labels": [str(label) for label in self.labels],
            "unit": self.unit,
            "currency": self.currency,
            "stacked": self.stacked,
            "series": [
                {
                    "name": str(s.name),
                    "line": s.line,
                    "values": [self._plot(v) for v in s.values],
                }
                for s in self.series
            ],
        }

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same as text, a row a label."""
        return [
            (str(label), [self._write(s.values[at]) for s in self.series])
            for at, label in enumerate(self.labels)
        ]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(s.values) for s in self.series)

    def _plot(self, value: int) -> float:
        # A picture's coordinate, never an amount that anybody pays.
        if self.unit == "money":
            return float(Decimal(value).scaleb(-decimals(self.currency)))
        return value / 100 if self.unit == "percent" else value

    def _write(self, value: int) -> str:
        if self.unit == "money":
            return formats.money(value, self.currency)
        return formats.percent(value) if self.unit == "percent" else f"{value:,}"


def months_between(first: date, last: date) -> list[date]:
    """Return the first day of every month from one to another, so that no gap is hidden."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [add_months(first.replace(day=1), n) for n in range(count + 1)]
