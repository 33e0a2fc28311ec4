"""What people at the desks for breaks, suspense and payees fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web.forms.fields import Amount, Text, currency_field, money


class DisposalForm(forms.Form):
    """Whose money it is."""

    reference = Text(
        label=_("Payment reference of its owner"),
        max_length=35,
        required=False,
        help_text=_("Left empty, it goes back to its payer."),
    )
    reason = Text(label=_("Reason"), min_length=3, max_length=500)


class PayeeForm(forms.Form):
    """Whom the bank is to pay under an agreement."""

    reference = Text(label=_("Agreement"), max_length=35)
    name = Text(label=_("Payee"), max_length=140)
    account = Text(label=_("Account"), max_length=34)
    currency = currency_field()
    amount = Amount(label=_("What it is for"))
    paid_in_by = Text(
        label=_("Reference that repayments quote"), max_length=35, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Read the amount in its currency."""
        cleaned = super().clean()
        cleaned["limit"] = money(self, "amount", cleaned.get("currency"))
        return cleaned
