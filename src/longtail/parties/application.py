"""What a party says when it applies, checked whole before anything is stored."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

from stdnum import bic, lei
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.us import ein

from longtail.parties.rules import Application, Kind, clean_text, sector_code, text_problem

# Checked by python-stdnum; its module names are accepted as well. "internal" is any
# token of the operator's own, for parties that no register covers.
REGISTERS: dict[str, ModuleType] = {"uscc": uscc, "lei": lei, "ein": ein}
SCHEMES = (*REGISTERS, "internal")
SCHEME_ALIASES = {"cn.uscc": "uscc", "us.ein": "ein"}
INTERNAL_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}\Z")
ACCOUNT = re.compile(r"[A-Z0-9]{4,34}\Z")

# Source: ISO 3166-1 alpha-2, officially assigned codes.
ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
    DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
    GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
    NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD
    SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(ASSIGNED.split())

MAX_EMPLOYEES = 10_000_000
OLDEST_FOUNDING = date(1000, 1, 1)


def checked(application: Application, *, on: date) -> tuple[Application, dict[str, str]]:
    """Return an application in canonical form, and every problem by field name.

    Args:
        application: As entered.
        on: The day it is made; nothing may be founded after it.

    Returns:
        The cleaned application (meaningful only without problems) and the problems.
    """
    unreadable = _text_problems(application)
    # What cannot be read is left out, so that every other field is still checked.
    blanks: dict[str, Any] = dict.fromkeys(unreadable, "")
    tidy = _tidy(replace(application, **blanks))
    problems = (
        _identity_problems(tidy)
        | _number_problems(tidy, on=on)
        | _bank_problems(tidy)
        | unreadable
    )
    if problems:
        return application, problems
    number = registration(tidy.registration_scheme, tidy.registration_number)
    sector = tidy.sector and sector_code(tidy.sector)
    return replace(
        tidy, kind=Kind(tidy.kind), registration_number=number, sector=sector
    ), {}


def registration(scheme: str, number: str) -> str:
    """Return a registration number in canonical form.

    Args:
        scheme: One of :data:`SCHEMES`.
        number: As entered, separators allowed.

    Raises:
        ValueError: If the scheme is not known or the number fails its check.
    """
    scheme = scheme_code(scheme)
    if scheme == "internal":
        if not INTERNAL_NUMBER.match(number.strip()):
            raise ValueError("must be 1 to 64 letters, digits, dots, hyphens or slashes")
        return number.strip()
    if scheme not in REGISTERS:
        raise ValueError(
            f"cannot be checked: the scheme must be one of {', '.join(SCHEMES)}"
        )
    try:
        return str(REGISTERS[scheme].validate(number))
    except InvalidLength:
        raise ValueError(f"has the wrong length for {scheme.upper()}") from None
    except InvalidChecksum:
        raise ValueError(
            f"fails the check digit of {scheme.upper()}; look for a mistyped character"
        ) from None
    except ValidationError:
        raise ValueError(f"is no {scheme.upper()} number") from None


def scheme_code(scheme: str) -> str:
    """Return a scheme under the name that is stored: "uscc" for "cn.uscc"."""
    plain = scheme.strip().lower()
    return SCHEME_ALIASES.get(plain, plain)


def _tidy(application: Application) -> Application:
    return replace(
        application,
        legal_name=clean_text(application.legal_name),
        region=clean_text(application.region),
        city=clean_text(application.city),
        country=application.country.strip().upper(),
        registration_scheme=scheme_code(application.registration_scheme),
        bank_account=re.sub(r"[ -]", "", application.bank_account).upper(),
        bank_bic=application.bank_bic.strip().upper(),
    )


def _text_problems(application: Application) -> dict[str, str]:
    lengths = {
        "legal_name": 200,
        "country": 2,
        "region": 64,
        "city": 64,
        "registration_scheme": 16,
        "registration_number": 64,
        "sector": 8,
        "bank_account": 48,
        "bank_bic": 11,
    }
    found = {
        name: text_problem(getattr(application, name), max_length=length)
        for name, length in lengths.items()
    }
    return {name: problem for name, problem in found.items() if problem}


def _identity_problems(application: Application) -> dict[str, str]:
    problems = {}
    if application.kind not in tuple(Kind):
        problems["kind"] = f"must be one of {', '.join(Kind)}"
    if not any(c.isalnum() for c in application.legal_name):
        problems["legal_name"] = "must name the party as its register does"
    if application.country not in COUNTRIES:
        problems["country"] = "is no country code of two letters (ISO 3166-1)"
    if application.registration_scheme not in SCHEMES:
        problems["registration_scheme"] = f"must be one of {', '.join(SCHEMES)}"
    else:
        try:
            registration(application.registration_scheme, application.registration_number)
        except ValueError as error:
            problems["registration_number"] = str(error)
    if application.sector:
        try:
            sector_code(application.sector)
        except ValueError as error:
            problems["sector"] = str(error)
    return problems


def _number_problems(application: Application, *, on: date) -> dict[str, str]:
    problems = {}
    employees, founded = application.employees, application.founded_date
    if employees is not None and not (
        isinstance(employees, int)
        and not isinstance(employees, bool)
        and 0 <= employees <= MAX_EMPLOYEES
    ):
        problems["employees"] = f"must be a whole number from 0 to {MAX_EMPLOYEES:,}"
    if founded is not None and not (
        isinstance(founded, date) and OLDEST_FOUNDING <= founded <= on
    ):
        problems["founded_date"] = f"must be a day up to {on:%d %B %Y}"
    return problems


def _bank_problems(application: Application) -> dict[str, str]:
    problems = {}
    account, code = application.bank_account, application.bank_bic
    if account and not ACCOUNT.match(account):
        problems["bank_account"] = (
            "must be an IBAN or an account number of 4 to 34 characters"
        )
    if account and not code:
        problems["bank_bic"] = "is needed with a bank account"
    if code and not account:
        problems["bank_account"] = "is needed with a BIC"
    if code and not bic.is_valid(code):
        problems["bank_bic"] = "is no BIC of 8 or 11 characters (ISO 9362)"
    return problems
