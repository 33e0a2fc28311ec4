"""Changes of a loan in service: what a form says, as one call of a service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing import services
from longtail.servicing.events import Treatment


def carry(code: str, said: dict[str, Any], *, by: str, at: datetime) -> None:
    """Carry out one change of an agreement.

    Args:
        code: The agreement.
        said: The cleaned form.
        by: Username of the first person.
        at: When.
    """
    two = {"by": by, "seconded_by": said["seconded_by"], "at": at}
    why = two | {"reason": said["reason"]}
    match said["act"]:
        case "reverse":
            services.reverse_payment(event_key=said["event"], **why)
        case "charge_back":
            services.charge_back(event_key=said["event"], value_date=said["day"], **why)
        case "waive":
            services.waive_fee(event_key=said["event"], **why)
        case "fee":
            services.charge_fee(
                agreement_code=code,
                amount_minor=said["amount_minor"],
                name=said["reason"],
                payee="",
                **two,
            )
        case "write_off_part":
            services.write_off_part(
                agreement_code=code, amount_minor=said["amount_minor"], **why
            )
        case act:
            _amend(act, code, said, why)


def _amend(act: str, code: str, said: dict[str, Any], why: dict[str, Any]) -> None:
    today = why["at"].date()
    day = said["day"] if act == "rate" else today
    given = services.Act(agreement_code=code, value_date=day, **why)
    treatment = Treatment.CAPITALISED if said["is_capitalised"] else Treatment.DEFERRED
    match act:
        case "rate":
            services.change_rate(given, rate_bps=said["rate"])
        case "holiday":
            services.grant_holiday(
                given,
                n_instalments=said["count"],
                treatment=treatment,
                is_forbearance=True,
            )
        case "re_age":
            services.re_age(given, treatment=treatment)
        case "re_amortise":
            services.re_amortise(given, schedule=_schedule(said), is_forbearance=True)
        case "restructure":
            services.restructure(
                given,
                forgiveness=services.Forgiveness(principal_minor=said["amount_minor"]),
                rate_bps=said["rate"],
                schedule=_schedule(said),
                treatment=treatment,
            )


def _schedule(said: dict[str, Any]) -> services.NewSchedule:
    return services.NewSchedule(
        n_periods=said["count"],
        first_due_date=said["day"],
        amortization=Amortization.LEVEL,
    )
