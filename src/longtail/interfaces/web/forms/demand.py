"""What an enterprise says when it asks for money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.deals.rules import Ask
from longtail.interfaces.web import formats, wording
from longtail.interfaces.web.forms.fields import (
    Amount,
    Known,
    Percent,
    Text,
    currency_field,
    money,
)
from longtail.parties import queries as parties
from longtail.terms.catalogue import LATEST

INDICATIVE_BPS = 800
FACTS = (
    "employees",
    "is_new_business",
    "is_urban",
    "is_franchise",
    "is_revolving",
    "is_low_doc",
    "jobs_created",
    "jobs_retained",
)


class DemandForm(forms.Form):
    """A demand: the ask itself, then facts that the assessment reads."""

    amount = Amount(label=_("Amount"), help_text=_("What you need, before any cost."))
    currency = currency_field()
    tenor_months = forms.IntegerField(
        label=_("Months to repay"), min_value=1, max_value=360, initial=36
    )
    mode_code = forms.ChoiceField(label=_("How it is financed"))
    purpose = forms.ChoiceField(label=_("Purpose"))
    use_of_funds = Text(
        label=_("Use of funds"),
        max_length=4_000,
        required=False,
        help_text=_("What the money buys and how that earns it back. Funders read this."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    innovation = Text(
        label=_("Technology or innovation"),
        max_length=4_000,
        required=False,
        help_text=_("A patent, a process, a product that is new. It may need a valuation."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    guarantor_code = forms.ChoiceField(
        label=_("Guarantor"),
        required=False,
        help_text=_("Only where the way of financing has one."),
    )
    cover_bps = Percent(
        label=_("Share of a loss that the guarantor bears, %"), required=False
    )
    employees = forms.IntegerField(
        label=_("Employees"), required=False, min_value=0, max_value=1_000_000
    )
    is_new_business = Known(label=_("Founded in the last two years?"))
    is_urban = forms.ChoiceField(
        label=_("Where do you work?"),
        required=False,
        choices=[
            ("", _("Not known")),
            ("urban", _("In a town")),
            ("rural", _("In the country")),
        ],
    )
    is_franchise = Known(label=_("Are you a franchise?"))
    is_revolving = Known(label=_("Do you need a revolving line?"))
    is_low_doc = Known(label=_("Do you apply under a short-form programme?"))
    jobs_created = forms.IntegerField(
        label=_("Jobs it creates"), required=False, min_value=0, max_value=100_000
    )
    jobs_retained = forms.IntegerField(
        label=_("Jobs it keeps"), required=False, min_value=0, max_value=100_000
    )
    rate_bps = Percent(
        label=_("Rate to calculate with, % a year"),
        required=False,
        initial=f"{INDICATIVE_BPS / 100:g}",
        help_text=_("Only for the preview; your own rate comes with the offer."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode_code"].choices = wording.choices("mode", LATEST)
        self.fields["purpose"].choices = wording.choices("purpose")
        self.fields["guarantor_code"].choices = [
            ("", _("None")),
            *(
                (p.code, p.legal_name)
                for p in parties.parties(kind="guarantor", standing="admitted")
            ),
        ]

    def clean(self) -> dict[str, Any]:
        """Read the amount in its currency."""
        cleaned = super().clean()
        cleaned["money"] = money(self, "amount", cleaned.get("currency"))
        return cleaned

    @property
    def ask(self) -> Ask:
        """What is asked, from a valid form."""
        said = self.cleaned_data
        return Ask(
            amount=said["money"],
            tenor_months=said["tenor_months"],
            mode_code=said["mode_code"],
            purpose=said["purpose"],
            use_of_funds=said["use_of_funds"],
            innovation=said["innovation"],
            facts={name: said[name] for name in FACTS if said[name] not in (None, "")},
            guarantor_code=said["guarantor_code"] or None,
            cover_bps=said["cover_bps"] or 0,
        )

    @property
    def money_fields(self) -> list[forms.BoundField]:
        """The fields of the first part."""
        return [self[n] for n in ("amount", "currency", "tenor_months", "mode_code")]

    @property
    def facts_fields(self) -> list[forms.BoundField]:
        """The facts that the assessment reads."""
        return [self[name] for name in FACTS]


def initial_of(version: Any) -> dict[str, Any]:
    """Return a version's content as the form shows it."""
    facts = dict(version.facts)
    for name in ("is_new_business", "is_franchise", "is_revolving", "is_low_doc"):
        if isinstance(facts.get(name), bool):
            facts[name] = "yes" if facts[name] else "no"
    return {
        **facts,
        "amount": formats.plain_amount(version.amount_minor, version.currency),
        "currency": version.currency,
        "tenor_months": version.tenor_months,
        "mode_code": version.mode_code,
        "purpose": version.purpose,
        "use_of_funds": version.use_of_funds,
        "innovation": version.innovation,
        "guarantor_code": version.guarantor.code if version.guarantor else "",
        "cover_bps": f"{version.cover_bps / 100:g}" if version.cover_bps else "",
    }
