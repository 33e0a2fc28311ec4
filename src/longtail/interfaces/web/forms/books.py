"""Which days of the books are shown, and up to which they are closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web.forms.cosign import CosignForm

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
SHOWN_DAYS = 90


class Day(forms.DateField):
    """A day that books can have."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the day, refusing what no calendar here has."""
        found = super().clean(value)
        if found is not None and not FIRST <= found <= LAST:
            raise forms.ValidationError(_("Choose a day between 1970 and 2199."))
        return found


class RangeForm(forms.Form):
    """From when to when; by default the last ninety days."""

    from_date = Day(label=_("From"), required=False)
    to_date = Day(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        """Check that the range does not end before it begins."""
        cleaned = super().clean()
        first, last = cleaned.get("from_date"), cleaned.get("to_date")
        if first and last and last < first:
            self.add_error("to_date", _("The last day lies before the first."))
        return cleaned

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day; what is wrong counts as left empty."""
        cleaned = self.cleaned_data if self.is_valid() else {}
        last = cleaned.get("to_date") or today
        return cleaned.get("from_date") or max(
            FIRST, last - timedelta(days=SHOWN_DAYS - 1)
        ), last


class DayForm(forms.Form):
    """The end of which day; by default everything."""

    on = Day(label=_("At the end of"), required=False)

    def day(self) -> date | None:
        """Return the day; what is wrong counts as left empty."""
        return self.cleaned_data.get("on") if self.is_valid() else None


class ClosePeriodForm(CosignForm):
    """The last day of the period, and the colleague who agrees; the close has no reason."""

    to_date = Day(label=_("Close up to and including"))
    reason = None
    field_order = ["to_date", "seconded_by", "password"]
