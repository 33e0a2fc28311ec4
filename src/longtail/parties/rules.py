"""Pure rules of who may act: kinds, standings, sizes, sectors, applications."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from longtail.values.refusal import Refusal


class Kind(StrEnum):
    """What a party is on the platform for."""

    ENTERPRISE = "enterprise"
    FUNDER = "funder"
    PROVIDER = "provider"
    GUARANTOR = "guarantor"
    CUSTODIAN = "custodian"
    REGULATOR = "regulator"
    OPERATOR = "operator"


class Standing(StrEnum):
    """Where a party stands between its application and its exit."""

    APPLIED = "applied"
    REVIEWED = "reviewed"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    EXITED = "exited"


class Step(StrEnum):
    """What is done to a party's standing."""

    REVIEW = "review"
    ADMIT = "admit"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    EXIT = "exit"


class SizeClass(StrEnum):
    """How large an enterprise is, by headcount."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Role(StrEnum):
    """What a person may do for a party; a checker confirms what a maker prepared."""

    MAKER = "maker"
    CHECKER = "checker"


# The only changes of standing there are. A party that exited may apply anew.
STANDINGS = {
    (Standing.APPLIED, Step.REVIEW): Standing.REVIEWED,
    (Standing.REVIEWED, Step.ADMIT): Standing.ADMITTED,
    (Standing.ADMITTED, Step.SUSPEND): Standing.SUSPENDED,
    (Standing.SUSPENDED, Step.REINSTATE): Standing.ADMITTED,
    (Standing.APPLIED, Step.EXIT): Standing.EXITED,
    (Standing.REVIEWED, Step.EXIT): Standing.EXITED,
    (Standing.ADMITTED, Step.EXIT): Standing.EXITED,
    (Standing.SUSPENDED, Step.EXIT): Standing.EXITED,
}

# Source: North American Industry Classification System 2022, two-digit sectors.
# Manufacturing (31-33), retail (44-45) and transport (48-49) span several codes.
SECTORS = {
    "11": "Agriculture, forestry, fishing and hunting",
    "21": "Mining, quarrying, oil and gas extraction",
    "22": "Utilities",
    "23": "Construction",
    "31": "Manufacturing",
    "32": "Manufacturing",
    "33": "Manufacturing",
    "42": "Wholesale trade",
    "44": "Retail trade",
    "45": "Retail trade",
    "48": "Transportation and warehousing",
    "49": "Transportation and warehousing",
    "51": "Information",
    "52": "Finance and insurance",
    "53": "Real estate, rental and leasing",
    "54": "Professional, scientific and technical services",
    "55": "Management of companies and enterprises",
    "56": "Administrative, support and waste management services",
    "61": "Educational services",
    "62": "Health care and social assistance",
    "71": "Arts, entertainment and recreation",
    "72": "Accommodation and food services",
    "81": "Other services",
    "92": "Public administration",
}
# First code of the range that a later code belongs to.
RANGES = {"32": "31", "33": "31", "45": "44", "49": "48"}

# Control characters, lone surrogates, unassigned code points and private use.
UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Co"})
# Marks that make a name read differently from what is stored.
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_BREAKS = frozenset("\n\r\t")


class IllegalStanding(Refusal):
    """The party's standing does not allow the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a party says of itself when it applies.

    Attributes:
        kind: What it wants to be on the platform.
        legal_name: As the register has it.
        country: ISO 3166-1 alpha-2.
        region: State or province.
        city: Seat.
        registration_scheme: uscc, lei, ein or internal.
        registration_number: Its number under that scheme.
        sector: NAICS code of 2 to 6 digits, or a range such as "31-33"; or empty.
        employees: Headcount, or None when not known.
        founded_date: When it began, or None when not known.
        bank_account: Where it is paid: IBAN or account number; or empty.
        bank_bic: BIC of that bank; or empty.
    """

    kind: Kind
    legal_name: str
    country: str
    registration_scheme: str
    registration_number: str
    region: str = ""
    city: str = ""
    sector: str = ""
    employees: int | None = None
    founded_date: date | None = None
    bank_account: str = ""
    bank_bic: str = ""


def next_standing(standing: str, step: Step, *, name: str = "The party") -> Standing:
    """Return the standing that a step leads to.

    Args:
        standing: Where the party stands.
        step: What is to be done.
        name: The party's name, for the message.

    Raises:
        IllegalStanding: If the table has no such change.
    """
    after = STANDINGS.get((Standing(standing), step))
    if after is None:
        possible = [str(s) for (before, s) in STANDINGS if before == standing]
        remedy = (
            f"Possible now: {', '.join(possible)}." if possible else "It must apply anew."
        )
        raise IllegalStanding(f"{name} is {standing}, so it cannot {step}. {remedy}")
    return after


def size_class(employees: int | None) -> SizeClass | None:
    """Return the size class of a headcount, or None when it is not known.

    Args:
        employees: Headcount in annual work units, not negative.

    Source:
        Commission Recommendation 2003/361/EC, Annex, Article 2, the headcount
        ceilings of 10, 50 and 250.
    """
    if employees is None:
        return None
    if employees < 10:
        return SizeClass.MICRO
    if employees < 50:
        return SizeClass.SMALL
    return SizeClass.MEDIUM if employees < 250 else SizeClass.LARGE


def sector_code(text: str) -> str:
    """Return the two-digit sector of a NAICS code or range.

    Args:
        text: 2 to 6 digits, such as "722511", or a range, such as "44-45".

    Raises:
        ValueError: If it is neither, or names no sector.
    """
    digits = text.strip()
    first, _, last = digits.partition("-")
    if last and sector_group(first) == sector_group(last) and len(digits) == 5:
        digits = first
    if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 6):
        raise ValueError("is no NAICS code of 2 to 6 digits")
    if digits[:2] not in SECTORS:
        raise ValueError(f"begins with {digits[:2]}, which is no NAICS sector")
    return digits[:2]


def sector_group(sector: str) -> str:
    """Return the first code of a sector's range: "31" for "33", itself when alone."""
    return RANGES.get(sector, sector)


def sector_choices() -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every sector once, ranges under their first code."""
    return tuple((code, name) for code, name in SECTORS.items() if code not in RANGES)


def text_problem(text: object, *, max_length: int, is_multiline: bool = False) -> str:
    """Return what is wrong with a text that people will read, or "" if nothing is.

    Args:
        text: What was entered.
        max_length: Characters allowed.
        is_multiline: Whether line breaks and tabs are allowed.
    """
    if not isinstance(text, str):
        return "must be text"
    if len(text) > max_length:
        return f"has {len(text)} characters; at most {max_length} are allowed"
    allowed = LINE_BREAKS if is_multiline else frozenset()
    for character in text:
        if unicodedata.category(character) in UNPRINTABLE and character not in allowed:
            return f"contains the unprintable character U+{ord(character):04X}"
        if character in DIRECTION_MARKS:
            return f"contains the direction mark U+{ord(character):04X}"
    return ""


def clean_text(text: str) -> str:
    """Return a text in Unicode form C, without blanks at its ends or in rows."""
    return " ".join(unicodedata.normalize("NFC", text).split())
