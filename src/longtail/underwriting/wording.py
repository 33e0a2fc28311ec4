"""Says a bin of the scorecard in a banker's words. Pure."""

from __future__ import annotations

from longtail.kernels.credit.points import (
    MISSING,
    Attribute,
    NumericAttribute,
)
from longtail.parties.rules import SECTORS
from longtail.underwriting.rules import DIVISIONS, FACTS


def shortfall(attribute: Attribute, bin_: int) -> str:
    """Return why an attribute's bin costs points, as a sentence without a full stop.

    Args:
        attribute: Of the scorecard.
        bin_: The bin that the application fell in.
    """
    if bin_ == MISSING:
        fact = FACTS.get(attribute.name)
        return f"The {fact.title if fact else attribute.name} is not known"
    if isinstance(attribute, NumericAttribute):
        return _number(attribute, bin_)
    # What is missing gets the average, so fewer points are below it.
    is_weak = attribute.points[bin_] < attribute.missing_points
    return _level(attribute.name, attribute.levels[bin_], is_weak=is_weak)


def sector(code: str) -> str:
    """Return a sector's name inside a sentence."""
    name = SECTORS.get(code, code)
    return name[0].lower() + name[1:]


def _number(attribute: NumericAttribute, bin_: int) -> str:
    edges = attribute.edges
    match attribute.name:
        case "amount":
            text = f"Loan of {_range(edges, bin_, 'USD ')}"
            return f"{text}: larger ones are charged off less often"
        case "cover":
            return f"Less than {edges[min(bin_, len(edges) - 1)] / 100:.0f} % is guaranteed"
        case "employees":
            return f"{_range(edges, bin_, '')} employees".capitalize()
    return f"{attribute.name.replace('_', ' ')} of {_range(edges, bin_, '')}"


def _range(edges: tuple[float, ...], bin_: int, unit: str) -> str:
    if bin_ == 0:
        return f"less than {unit}{edges[0]:,.0f}"
    if bin_ == len(edges):
        return f"{unit}{edges[-1]:,.0f} or more"
    return f"{unit}{edges[bin_ - 1]:,.0f} to {edges[bin_]:,.0f}"


def _level(name: str, level: str, *, is_weak: bool) -> str:
    compared = (
        "are charged off more often than most" if is_weak else "are not among the safest"
    )
    match name, level:
        case "sector", _:
            return f"Loans in {sector(level)} {compared}"
        case "state", _:
            place = DIVISIONS.get(level)
            where = f"the {place} states ({level})" if place else level
            return f"Loans in {where} {compared}"
        case "is_new_business", "yes":
            return "The business is new, under two years old"
        case "is_new_business", "no":
            return "The business is not new"
        case "is_revolving", "no":
            return "The money is drawn at once, not as a revolving line"
        case "is_revolving", "yes":
            return "The facility is a revolving line"
    return f"{FACTS[name].title if name in FACTS else name}: {level}"
