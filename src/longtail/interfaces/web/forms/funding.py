"""What a funder decides: a mandate, a commitment, a search."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web import wording
from longtail.interfaces.web.forms.fields import (
    Amount,
    Percent,
    Text,
    currency_field,
    money,
)
from longtail.terms.catalogue import LATEST
from longtail.underwriting.policy import POLICIES
from longtail.values.money import Money

# Best first; the policy in force gives the scale its meaning.
GRADES = tuple(grade.name for grade in POLICIES[-1].grades)


class CommitForm(forms.Form):
    """How much a funder puts into a book."""

    amount = Amount(label=_("Amount to commit"))
    accepts_part = forms.BooleanField(
        label=_("Take the remainder if less is left"), required=False
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        """Read the amount in the book's currency."""
        cleaned = super().clean()
        cleaned["money"] = money(self, "amount", self.currency)
        return cleaned


class MandateForm(forms.Form):
    """What a funder is willing to fund; an empty list admits everything."""

    currency = currency_field()
    min_amount = Amount(label=_("Smallest demand"))
    max_amount = Amount(label=_("Largest demand"))
    min_tenor_months = forms.IntegerField(
        label=_("Shortest, months"), min_value=1, max_value=360
    )
    max_tenor_months = forms.IntegerField(
        label=_("Longest, months"), min_value=1, max_value=360
    )
    min_rate_bps = Percent(label=_("Least rate, % a year"))
    cap = Amount(
        label=_("Most for one enterprise"),
        required=False,
        help_text=_("Everything you lend to it, together."),
    )
    grades = forms.MultipleChoiceField(
        label=_("Grades"),
        required=False,
        choices=[(g, g) for g in GRADES],
        widget=forms.CheckboxSelectMultiple,
    )
    sizes = forms.MultipleChoiceField(
        label=_("Sizes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    modes = forms.MultipleChoiceField(
        label=_("Ways of financing"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sectors = forms.MultipleChoiceField(
        label=_("Sectors"), required=False, widget=forms.CheckboxSelectMultiple
    )
    regions = Text(
        label=_("Regions"),
        required=False,
        max_length=400,
        help_text=_("Separated by commas, such as CA, NY."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sizes"].choices = wording.choices("size")
        self.fields["modes"].choices = wording.choices("mode", LATEST)
        self.fields["sectors"].choices = wording.sector_choices()

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the mandate's currency."""
        cleaned = super().clean()
        for name in ("min_amount", "max_amount", "cap"):
            amount = money(self, name, cleaned.get("currency"))
            cleaned[f"{name}_minor"] = amount.minor if isinstance(amount, Money) else None
        cleaned["region_list"] = tuple(
            part.strip() for part in cleaned.get("regions", "").split(",") if part.strip()
        )
        return cleaned


class FeedForm(forms.Form):
    """Filters of the open books; the address keeps them, so a search can be saved."""

    q = Text(label=_("Search"), required=False, max_length=80)
    grade = forms.ChoiceField(label=_("Grade"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    mode = forms.ChoiceField(label=_("Financing"), required=False)
    min_rate = Percent(label=_("Least rate, %"), required=False)
    max_months = forms.IntegerField(
        label=_("Longest, months"), required=False, min_value=1, max_value=360
    )
    mine = forms.BooleanField(label=_("Only what fits my mandate"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("All"))]
        self.fields["grade"].choices = everything + [(g, g) for g in GRADES]
        self.fields["sector"].choices = everything + wording.sector_choices()
        self.fields["mode"].choices = everything + wording.choices("mode", LATEST)
