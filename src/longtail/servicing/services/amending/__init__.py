"""Changes of what was agreed: two people, a reason, and a day from which they count."""

from __future__ import annotations

from longtail.servicing.services.amending.base import Act, NotAmendable
from longtail.servicing.services.amending.holidays import declare_moratorium, grant_holiday
from longtail.servicing.services.amending.rates import change_rate
from longtail.servicing.services.amending.rescheduling import (
    Forgiveness,
    NewSchedule,
    re_age,
    re_amortise,
    restructure,
)

__all__ = [
    "Act",
    "Forgiveness",
    "NewSchedule",
    "NotAmendable",
    "change_rate",
    "declare_moratorium",
    "grant_holiday",
    "re_age",
    "re_amortise",
    "restructure",
]
