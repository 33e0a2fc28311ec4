"""What a demand must say, how long it lives, and who must agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from longtail.deals.lifecycle import State
from longtail.parties.rules import text_problem
from longtail.terms.catalogue import LATEST
from longtail.terms.mode import Mode, needs_guarantor
from longtail.terms.primitives import Subscription
from longtail.values.money import Money, decimals
from longtail.values.refusal import InvalidInput, Refusal

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "working-capital": "Working capital",
        "equipment": "Equipment",
        "inventory": "Inventory",
        "premises": "Premises",
        "expansion": "Expansion",
        "start-up": "Start-up",
        "innovation": "Innovation",
        "refinancing": "Refinancing",
    }
)
# Least and most that one demand may ask, in major units.
# Source: 13 CFR 120.151 (USD 5 million, SBA 7(a)); Regulation (EU) 2020/1503, art. 1(2)(c)
# (EUR 5 million); the other currencies are of the same order.
AMOUNT_BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "USD": (500, 5_000_000),
        "EUR": (500, 5_000_000),
        "GBP": (500, 5_000_000),
        "CNY": (1_000, 30_000_000),
        "JPY": (50_000, 750_000_000),
        "KWD": (150, 1_500_000),
    }
)
MAX_TENOR_MONTHS = 360
MIN_USE_OF_FUNDS = 20
MAX_TEXT = 4_000
MAX_CODE = 24
MAX_FACTS = 40
MAX_FACT_TEXT = 80
MAX_FACT_NUMBER = 1_000_000_000
MIN_REASON = 10
NEW_BUSINESS_DAYS = 730

OFFER_DAYS = 30
# How long a demand may rest in a state before it expires; absent: no limit of its own.
LIFE_DAYS: Mapping[State, int] = MappingProxyType(
    {
        State.DRAFT: 180,
        State.ATTESTING: 90,
        State.REFERRED: 60,
        State.OFFERED: OFFER_DAYS,
        State.ACCEPTED: 60,
    }
)
# Law follows the enterprise's seat; where no pack is written, the sandbox's holds.
REGIMES: Mapping[str, str] = MappingProxyType({"CN": "cn"})
SANDBOX_REGIME = "open-sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What an enterprise asks for.

    Attributes:
        amount: Principal wanted.
        tenor_months: Months from drawdown to maturity, 1 to 360.
        mode_code: Financing mode, a code of ``terms.catalogue``.
        purpose: A key of ``PURPOSES``.
        use_of_funds: What the money buys, in the enterprise's words.
        innovation: Technology or innovation statement, if any.
        facts: Facts of the enterprise that the assessment reads, by name; text, whole
            numbers, booleans or None.
        guarantor_code: Party that guarantees, where the mode has one.
        cover_bps: Share of a loss that the guarantor bears, basis points.
    """

    amount: Money
    tenor_months: int
    mode_code: str
    purpose: str
    use_of_funds: str
    innovation: str = ""
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    guarantor_code: str | None = None
    cover_bps: int = 0


class UnknownDemand(Refusal):
    """No demand has this code."""

    def __init__(self, code: object) -> None:
        super().__init__(f"There is no demand {code!r}. Check the code.")


def require_code(code: str) -> None:
    """Refuse what cannot be a demand's code, before the database is asked.

    Raises:
        UnknownDemand: If it is not short, plain text.
    """
    if text_problem(code, max_length=MAX_CODE):
        raise UnknownDemand(code)


def require_reason(reason: str, *, least: int = 0) -> None:
    """Refuse a reason that says too little or cannot be kept.

    Args:
        reason: As entered.
        least: Characters it must have.

    Raises:
        InvalidInput: With what is wrong.
    """
    problem = text_problem(reason, max_length=MAX_TEXT, is_multiline=True)
    if not problem and len(reason.strip()) < least:
        problem = f"say why in at least {least} characters"
    if problem:
        raise InvalidInput({"reason": problem})


def matter(demand_code: str, number: int) -> str:
    """Return the name under which evidence and assessments file a version."""
    return f"{demand_code}/v{number}"


def demand_code_of(matter: str) -> str:
    """Return the demand that a matter belongs to."""
    return matter.partition("/v")[0]


def fingerprint(ask: Ask) -> str:
    """Return what makes two demands of one enterprise the same request."""
    return f"{ask.purpose}:{ask.amount.currency}:{ask.amount.minor}"


def life(state: State) -> timedelta | None:
    """Return how long a demand may rest in a state; None for no limit of its own."""
    days = LIFE_DAYS.get(state)
    return None if days is None else timedelta(days=days)


def regime_code(country: str) -> str:
    """Return the law pack that governs an enterprise seated in a country."""
    return REGIMES.get(country, SANDBOX_REGIME)


def amount_bounds(mode: Mode, currency: str) -> tuple[Money, Money]:
    """Return the least and the most one demand may ask in a mode.

    Args:
        mode: Its funding rule may set a ticket, below which no funder can commit.
        currency: A key of ``AMOUNT_BOUNDS``.
    """
    unit = 10 ** decimals(currency)
    least, most = (bound * unit for bound in AMOUNT_BOUNDS[currency])
    if isinstance(mode.funding, Subscription):
        least = max(least, mode.funding.ticket_minor)
    return Money(least, currency), Money(most, currency)


def faults(ask: Ask) -> dict[str, str]:
    """Return what is wrong with the fields that are filled in, by field name.

    A draft may be incomplete but not wrong: whatever passes here can be stored.
    """
    checks = {
        "amount": _amount_fault(ask.amount),
        "tenor_months": _whole(ask.tenor_months, 1, MAX_TENOR_MONTHS, "months"),
        "mode_code": _mode_fault(ask.mode_code),
        "purpose": "" if ask.purpose in PURPOSES else f"must be one of {_list(PURPOSES)}",
        "use_of_funds": _long_text_fault(ask.use_of_funds),
        "innovation": _long_text_fault(ask.innovation),
        "facts": _facts_fault(ask.facts),
        "guarantor_code": _code_fault(ask.guarantor_code),
        "cover_bps": _whole(ask.cover_bps, 0, 10_000, "basis points"),
    }
    return {name: fault for name, fault in checks.items() if fault}


def gaps(ask: Ask) -> dict[str, str]:
    """Return what keeps a faultless draft from being submitted, by field name."""
    mode = LATEST[ask.mode_code]
    least, most = amount_bounds(mode, ask.amount.currency)
    is_guaranteed = bool(ask.guarantor_code)
    rules = (
        ("amount", ask.amount < least, f"must be at least {least} in this mode"),
        ("amount", most < ask.amount, f"must be at most {most} in this mode"),
        (
            "use_of_funds",
            len(ask.use_of_funds.strip()) < MIN_USE_OF_FUNDS,
            f"say in at least {MIN_USE_OF_FUNDS} characters what the money is for",
        ),
        (
            "guarantor_code",
            needs_guarantor(mode) and not is_guaranteed,
            "name the guarantor: this mode needs one",
        ),
        (
            "guarantor_code",
            is_guaranteed and not needs_guarantor(mode),
            "leave empty: this mode has no guarantor",
        ),
        (
            "cover_bps",
            is_guaranteed and ask.cover_bps < 100,
            "must be from 1 % to 100 % of the loss",
        ),
        (
            "cover_bps",
            not is_guaranteed and ask.cover_bps > 0,
            "leave at 0: there is no guarantor",
        ),
    )
    return {name: message for name, is_broken, message in rules if is_broken}


def problems(ask: Ask) -> dict[str, str]:
    """Return everything that keeps an ask from being submitted, by field name."""
    return faults(ask) or gaps(ask)


def completeness_bps(ask: Ask, *, known: Mapping[str, object]) -> int:
    """Return how much of what a decision can use has been said, basis points.

    Args:
        ask: The ask.
        known: Assessment facts, stated or from the register; None means unknown.
    """
    told = (
        len(ask.use_of_funds.strip()) >= MIN_USE_OF_FUNDS,
        bool(ask.innovation.strip()),
        *(value not in (None, "") for value in known.values()),
    )
    return 10_000 * sum(told) // len(told)


def known_facts(
    stated: Mapping[str, object],
    *,
    sector: str,
    employees: int | None,
    region: str,
    founded_date: date | None,
    on: date,
) -> dict[str, object]:
    """Return the facts an assessment reads: as stated, else as the register has them.

    Args:
        stated: The version's facts; a stated None counts as not stated.
        sector: Two-digit NAICS sector of the register, or empty.
        employees: Head count of the register.
        region: Region of the register, such as a state's two letters.
        founded_date: When the enterprise was founded.
        on: The day to judge youth by.

    Returns:
        Facts by name; None where neither knows.
    """
    is_new = None
    if founded_date is not None:
        is_new = on - founded_date < timedelta(days=NEW_BUSINESS_DAYS)
    register = {
        "sector": sector or None,
        "employees": employees,
        "state": region or None,
        "is_new_business": is_new,
    }
    said = {name: value for name, value in stated.items() if value is not None}
    return register | said


def _amount_fault(amount: Money) -> str:
    if amount.currency not in AMOUNT_BOUNDS:
        return f"must be in one of {_list(AMOUNT_BOUNDS)}"
    unit = 10 ** decimals(amount.currency)
    most = AMOUNT_BOUNDS[amount.currency][1] * unit
    if not _is_whole(amount.minor) or not 0 < amount.minor <= most:
        return f"must be more than 0 and at most {Money(most, amount.currency)}"
    return ""


def _mode_fault(code: str) -> str:
    return "" if code in LATEST else f"must be one of {_list(LATEST)}"


def _whole(value: int, least: int, most: int, unit: str) -> str:
    if _is_whole(value) and least <= value <= most:
        return ""
    return f"must be a whole number of {unit} from {least} to {most:,}"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _long_text_fault(text: str) -> str:
    return text_problem(text, max_length=MAX_TEXT, is_multiline=True)


def _code_fault(code: str | None) -> str:
    is_code = code is None or not text_problem(code, max_length=MAX_CODE)
    return "" if is_code else "is not the code of a party"


def _facts_fault(facts: Mapping[str, object]) -> str:
    if not isinstance(facts, Mapping) or len(facts) > MAX_FACTS:
        return f"must be at most {MAX_FACTS} named facts"
    bad = [
        name if _is_plain(name) else "an unreadable name"
        for name, value in facts.items()
        if not (_is_plain(name) and _is_fact(value))
    ]
    if not bad:
        return ""
    return f"not a short text, whole number or yes/no: {', '.join(sorted(bad))}"


def _is_fact(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) <= MAX_FACT_NUMBER
    return value is None or _is_plain(value)


def _is_plain(value: object) -> bool:
    return not text_problem(value, max_length=MAX_FACT_TEXT)


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names)
