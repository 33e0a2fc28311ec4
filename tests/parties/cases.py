"""Parties as tests need them, made through the public services."""

from datetime import UTC, datetime
from itertools import count

from longtail.parties import services
from longtail.parties.rules import Application, Kind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NUMBERS = count(1)


def application(**changes):
    said = {
        "kind": Kind.ENTERPRISE,
        "legal_name": "Ridge Bakery LLC",
        "country": "US",
        "region": "CO",
        "city": "Denver",
        "registration_scheme": "internal",
        "registration_number": f"T-{next(NUMBERS)}",
        "sector": "31",
        "employees": 12,
    }
    return Application(**(said | changes))


def applied(**changes):
    return services.apply(application=application(**changes), at=NOW)


def admitted(**changes):
    party = applied(**changes)
    services.review(code=party.code, by="olivia", at=NOW)
    return decide(services.admit, party)


def decide(service, party, *, proposed_by="olivia", decided_by="oscar", reason="Checked."):
    return service(
        code=party.code,
        proposed_by=proposed_by,
        decided_by=decided_by,
        reason=reason,
        at=NOW,
    )
