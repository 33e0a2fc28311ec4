"""One change of a loan in service, agreed by two people on one page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web.forms.cosign import CosignForm
from longtail.interfaces.web.forms.fields import Amount, Percent, money

ACTS = {
    "reverse": _("Reverse a payment"),
    "charge_back": _("Payment taken back by its bank"),
    "waive": _("Waive a fee"),
    "fee": _("Charge a fee"),
    "rate": _("Change the rate"),
    "holiday": _("Grant a payment holiday"),
    "re_age": _("Re-age the arrears"),
    "re_amortise": _("Make a new schedule"),
    "restructure": _("Restructure"),
    "write_off_part": _("Write off a part"),
}
# What each act needs beside the reason and the second person.
NEEDS = {
    "reverse": ("event",),
    "charge_back": ("event", "day"),
    "waive": ("event",),
    "fee": ("amount",),
    "rate": ("rate", "day"),
    "holiday": ("count",),
    "re_age": (),
    "re_amortise": ("count", "day"),
    "restructure": ("amount", "rate", "count", "day"),
    "write_off_part": ("amount",),
}


class ChangeForm(CosignForm):
    """What changes, and what it needs to be said; the rest may stay empty.

    Args:
        events: Payments and fees as (key, what people read).
        currency: ISO 4217 code of the amount.
    """

    act = forms.ChoiceField(label=_("Change"), choices=list(ACTS.items()))
    event = forms.ChoiceField(label=_("Payment or fee"), required=False)
    amount = Amount(label=_("Amount"), required=False)
    rate = Percent(label=_("Rate a year, %"), required=False)
    count = forms.IntegerField(
        label=_("Number of instalments"), required=False, min_value=1, max_value=600
    )
    day = forms.DateField(
        label=_("Day it counts from, or first due date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    is_capitalised = forms.BooleanField(
        label=_("Unpaid interest joins the principal"), required=False
    )
    field_order = ("act", "event", "amount", "rate", "count", "day", "is_capitalised")

    def __init__(
        self,
        *args: Any,
        events: list[tuple[str, str]],
        currency: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency
        self.fields["event"].choices = [("", "–"), *events]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen act needs."""
        cleaned = super().clean()
        for name in NEEDS.get(cleaned.get("act", ""), ()):
            if cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("This change needs it."))
        if found := money(self, "amount", self._currency):
            cleaned["amount_minor"] = found.minor
        return cleaned
