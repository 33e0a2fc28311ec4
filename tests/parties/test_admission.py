from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from longtail.parties import models, queries, services
from longtail.parties.rules import IllegalStanding, Kind, Standing
from longtail.values.eyes import FourEyesRequired
from longtail.values.refusal import InvalidInput
from tests.parties.cases import NOW, admitted, application, applied, decide

pytestmark = pytest.mark.django_db


def counts():
    return models.Party.objects.count(), models.StandingChange.objects.count()


def test_an_application_is_kept():
    party = applied(employees=12)
    kept = queries.party(party.code)
    assert kept.code.startswith("ENT-")
    assert (kept.standing, kept.size_class) == ("applied", "small")
    assert str(kept) == "Ridge Bakery LLC"


def test_a_bad_application_leaves_nothing():
    with pytest.raises(InvalidInput) as refusal:
        applied(legal_name="Evil\x00 Ltd", country="ZZ")
    assert set(refusal.value.problems) == {"legal_name", "country"}
    assert counts() == (0, 0)


def test_a_registration_is_taken_once_a_kind():
    said = application(registration_scheme="ein", registration_number="91-1144442")
    services.apply(application=said, at=NOW)
    with pytest.raises(services.AlreadyRegistered, match="EIN number 911144442"):
        services.apply(application=said, at=NOW)
    assert counts() == (1, 0)
    applied(kind=Kind.FUNDER, registration_scheme="ein", registration_number="911144442")
    assert counts() == (2, 0)
    found = queries.registered(kind="funder", scheme="us.ein", number="91-1144442")
    assert found.kind == Kind.FUNDER
    assert queries.registered(kind="funder", scheme="ein", number="bad") is None


def test_two_people_admit_and_each_step_is_kept():
    party = applied()
    services.review(code=party.code, by="olivia", at=NOW)
    assert decide(services.admit, party).standing == Standing.ADMITTED
    assert queries.require_admitted(party.code) == party
    steps = queries.standing_changes(party.code)
    assert [(s.to_standing, s.proposed_by, s.decided_by, s.reason) for s in steps] == [
        ("reviewed", "olivia", "", "Application file is complete."),
        ("admitted", "olivia", "oscar", "Checked."),
    ]


@pytest.mark.parametrize("decided_by", ["olivia", "Olivia", " olivia"])
def test_one_person_cannot_admit_alone(decided_by):
    party = applied()
    services.review(code=party.code, by="olivia", at=NOW)
    before = counts()
    with pytest.raises(FourEyesRequired, match="second person"):
        decide(services.admit, party, decided_by=decided_by)
    assert counts() == before
    assert queries.party(party.code).standing == Standing.REVIEWED


def test_the_database_too_refuses_one_person():
    party = applied()
    with pytest.raises(DatabaseError, match="standing_change_by_two_people"):
        party.standing_changes.create(
            from_standing="reviewed",
            to_standing="admitted",
            proposed_by="olivia",
            decided_by="olivia",
            reason="Sure.",
            at=NOW,
        )


def test_what_is_missing_from_a_decision_is_listed():
    party = admitted()
    with pytest.raises(InvalidInput) as refusal:
        decide(services.suspend, party, proposed_by="", decided_by="o\x00", reason=" ")
    assert set(refusal.value.problems) == {"proposed_by", "decided_by", "reason"}
    assert queries.party(party.code).standing == Standing.ADMITTED


@pytest.mark.parametrize("service", [services.admit, services.suspend, services.reinstate])
def test_an_applicant_cannot_skip_a_step(service):
    party = applied()
    with pytest.raises(IllegalStanding, match="is applied"):
        decide(service, party)
    assert queries.party(party.code).standing == Standing.APPLIED
    assert counts() == (1, 0)


def test_a_suspended_party_is_stopped_with_who_and_why():
    party = admitted(legal_name="Mill Ltd")
    decide(services.suspend, party, reason="Accounts are two years late.")
    with pytest.raises(queries.NotAdmitted) as refusal:
        queries.require_admitted(party.code)
    assert str(refusal.value) == (
        "Mill Ltd is suspended since 02 March 2026 by olivia and oscar: "
        "Accounts are two years late. The operator can reinstate it."
    )
    decide(services.reinstate, party)
    assert queries.require_admitted(party.code).standing == Standing.ADMITTED


def test_who_has_only_applied_or_has_gone_is_told_so():
    with pytest.raises(queries.NotAdmitted, match="not admitted yet"):
        queries.require_admitted(applied().code)
    gone = admitted()
    decide(services.exit_party, gone, reason="Closed its business.")
    with pytest.raises(queries.NotAdmitted, match=r"Closed its business\. It would have"):
        queries.require_admitted(gone.code)


@pytest.mark.parametrize("code", ["ENT-0", "", "x\x00", "\ud800", "E" * 99])
def test_an_unknown_code_is_a_refusal(code):
    with pytest.raises(queries.UnknownParty):
        queries.party(code)
    with pytest.raises(queries.UnknownParty):
        services.review(code=code, by="olivia", at=NOW)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_steps_of_a_life_cannot_be_rewritten(act):
    change = queries.standing_changes(admitted().code)[:1].get()
    rows = models.StandingChange.objects.filter(pk=change.pk)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        rows.delete() if act == "delete" else rows.update(reason="Another.")
    assert rows.get().reason == change.reason


def test_parties_are_listed_by_kind_and_standing():
    funder = admitted(kind=Kind.FUNDER, legal_name="Alpha")
    waiting = applied(kind=Kind.FUNDER, legal_name="Beta")
    mill = admitted(legal_name="Mill")
    assert list(queries.parties(kind=Kind.FUNDER)) == [funder, waiting]
    assert list(queries.parties(kind="funder", standing="admitted")) == [funder]
    assert queries.legal_names([mill.code, "no"]) == {mill.code: "Mill"}


def test_an_application_from_before_its_founding_is_refused():
    with pytest.raises(InvalidInput, match="founded_date"):
        applied(founded_date=(NOW + timedelta(days=1)).date())
