"""Fields that read what people type: amounts, percentages, yes-or-unknown."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from longtail.values.money import Money, parse

CURRENCIES = ("USD", "EUR", "GBP", "CNY", "JPY", "KWD")
MAX_PERCENT = 1_000


class Text(forms.CharField):
    """Text without control characters, which would break a line or a log."""

    def clean(self, value: Any) -> str:
        """Return the text, refusing what cannot be stored or shown."""
        text = super().clean(value)
        if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t" for c in text):
            raise ValidationError(_("Remove the control characters."))
        return text


class Percent(forms.CharField):
    """A percentage of at most two decimals, as basis points."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(max_length=12, **kwargs)

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        """Return basis points, or None when left empty."""
        text = super().clean(value).replace("%", "").strip()
        if not text:
            return None
        try:
            bps = Decimal(text) * 100
        except InvalidOperation:
            raise ValidationError(_("Enter a percentage such as 7.5.")) from None
        if not bps.is_finite() or not 0 <= bps <= MAX_PERCENT * 100 or bps % 1:
            raise ValidationError(
                _("Enter a percentage from 0 to 1,000 with at most two decimals.")
            )
        return int(bps)


class Amount(forms.CharField):
    """An amount in major units; ``money`` reads it once the currency is known."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(max_length=30, **kwargs)


def money(form: forms.Form, name: str, currency: str | None) -> Money | None:
    """Return a cleaned form's amount, or put the problem beside the field.

    Args:
        form: In its ``clean``.
        name: Of an :class:`Amount` field.
        currency: ISO 4217 code, None when that field is wrong itself.
    """
    text = form.cleaned_data.get(name)
    if not text or not currency:
        return None
    try:
        return parse(text, currency)
    except ValueError as error:
        form.add_error(name, _PARSE_PROBLEMS.get(str(error), str(error)))
        return None


_PARSE_PROBLEMS = {
    "is not a number": _("Enter an amount such as 12,500.00."),
    "is not a finite number": _("Enter an amount such as 12,500.00."),
    "is out of range": _("This is more than the platform can hold."),
    "is larger than the ledger can hold": _("This is more than the platform can hold."),
    "has more than 0 decimals": _("This currency has no decimals."),
    "has more than 2 decimals": _("This currency has two decimals at most."),
    "has more than 3 decimals": _("This currency has three decimals at most."),
}


class Known(forms.TypedChoiceField):
    """Yes, no, or not known; the last is never taken for a no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda text: text == "yes",
            empty_value=None,
            required=False,
            **kwargs,
        )


def currency_field() -> forms.ChoiceField:
    """Return the list of currencies."""
    return forms.ChoiceField(label=_("Currency"), choices=[(c, c) for c in CURRENCIES])
