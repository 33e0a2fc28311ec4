"""Listed demands, funders and mandates for tests of the market.

The demands are written as the room below would leave them; how it gets there is tested
there.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from longtail.deals.models import Demand, DemandVersion, Offer
from longtail.market import services
from longtail.market.rules import Mandate
from longtail.parties import services as parties
from longtail.parties.rules import Application, Kind, Role

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
numbers = count(1)


def party(kind, *, person="", **changes):
    number = next(numbers)
    application = Application(
        **{
            "kind": Kind(kind),
            "legal_name": f"{kind.capitalize()} {number}",
            "country": "US",
            "region": "VT",
            "registration_scheme": "internal",
            "registration_number": f"M-{number}",
            "sector": "31",
            "employees": 14,
            "founded_date": date(2009, 4, 1),
        }
        | changes
    )
    made = parties.apply(application=application, at=NOW)
    parties.review(code=made.code, by="olivia", at=NOW)
    if person:
        parties.register_person(
            username=person,
            full_name=person.title(),
            password=None,
            party_code=made.code,
            role=Role.CHECKER,
        )
    return parties.admit(
        code=made.code,
        proposed_by="olivia",
        decided_by="oscar",
        reason="Register entry and owners checked.",
        at=NOW,
    )


def mandate(**changes):
    return Mandate(
        **{"currency": "USD", "min_amount_minor": 1_000_00, "max_amount_minor": 100_000_00}
        | changes
    )


def funder(person="", admitted=True, **changes):
    made = party("funder", person=person)
    services.set_mandate(
        funder_code=made.code, mandate=mandate(**changes), by="system", at=NOW
    )
    if not admitted:
        parties.suspend(
            code=made.code,
            proposed_by="olivia",
            decided_by="oscar",
            reason="Under inquiry.",
            at=NOW,
        )
    return made


def listed(
    *,
    enterprise=None,
    state="listed",
    amount_minor=40_000_00,
    currency="USD",
    tenor_months=36,
    mode_code="p2p-unsecured",
    rate_bps=925,
    grade="BBB",
    use_of_funds="Two looms and their installation.",
    age_days=0,
):
    at = NOW - timedelta(days=age_days)
    demand = Demand.objects.create(
        code=f"DEM-{next(numbers):010d}",
        enterprise=enterprise or party("enterprise"),
        state=state,
        fingerprint=str(next(numbers)),
        grade=grade,
        created_at=at,
        updated_at=at,
    )
    demand.current = DemandVersion.objects.create(
        demand=demand,
        number=1,
        amount_minor=amount_minor,
        currency=currency,
        tenor_months=tenor_months,
        mode_code=mode_code,
        mode_version=1,
        purpose="equipment",
        use_of_funds=use_of_funds,
        completeness_bps=9_000,
        created_by="ann",
        created_at=at,
    )
    demand.current_offer = Offer.objects.create(
        demand=demand,
        version_number=1,
        assessment_code="ASM-1",
        amount_minor=amount_minor,
        currency=currency,
        rate_bps=rate_bps,
        apr_bps=rate_bps + 40,
        n_periods=tenor_months,
        grade=grade,
        made_at=at,
        expires_at=at + timedelta(days=30),
    )
    demand.save()
    return demand
