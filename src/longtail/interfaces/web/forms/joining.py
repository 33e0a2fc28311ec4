"""A firm's application to join."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web import wording
from longtail.interfaces.web.forms.fields import Text

KINDS = ("enterprise", "funder", "provider", "guarantor")
SCHEMES = (
    ("ein", _("Employer identification number (US)")),
    ("uscc", _("Unified social credit code (China)")),
    ("lei", _("Legal entity identifier")),
)


class ApplicationForm(forms.Form):
    """Who applies, how it is registered and where its money goes."""

    kind = forms.ChoiceField(label=_("You join as"))
    legal_name = Text(label=_("Legal name"), max_length=200)
    country = Text(
        label=_("Country"), max_length=2, help_text=_("Two letters, such as US or CN.")
    )
    region = Text(label=_("Region"), max_length=64, required=False)
    city = Text(label=_("City"), max_length=64, required=False)
    registration_scheme = forms.ChoiceField(
        label=_("Kind of registration"), choices=SCHEMES
    )
    registration_number = Text(label=_("Registration number"), max_length=40)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    employees = forms.IntegerField(
        label=_("Employees"), required=False, min_value=0, max_value=1_000_000
    )
    founded_date = forms.DateField(
        label=_("Founded on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    bank_account = Text(label=_("Bank account"), max_length=34, required=False)
    bank_bic = Text(label=_("Bank's BIC"), max_length=11, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = wording.choices("kind", KINDS)
        self.fields["sector"].choices = [("", _("Not known")), *wording.sector_choices()]
