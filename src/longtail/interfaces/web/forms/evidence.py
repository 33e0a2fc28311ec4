"""What a provider answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web.forms.fields import Percent, Text

YES_NO = "yes-no"


class AttestForm(forms.Form):
    """The content of an attestation; it is signed in the provider's name.

    Args:
        scale: What the value is measured on: ``yes-no``, a range or a currency.
    """

    value = Text(
        label=_("Finding"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    confidence_bps = Percent(label=_("How sure are you, %"), initial="95")
    valid_days = forms.IntegerField(
        label=_("Valid for days"), min_value=1, max_value=1_830, initial=180
    )
    statement = Text(
        label=_("Statement"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you examined and found. You sign this and answer for it."),
    )

    def __init__(self, *args: Any, scale: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale = scale
        if scale == YES_NO:
            self.fields["value"] = forms.ChoiceField(
                label=_("Finding"),
                choices=[("1", _("Confirmed")), ("0", _("Not confirmed"))],
            )
        else:
            self.fields["value"].help_text = (
                _("From %(low)s, the worst, to %(high)s, the best.")
                % dict(zip(("low", "high"), scale.split("-"), strict=True))
                if "-" in scale
                else _("An amount in %(currency)s.") % {"currency": scale}
            )


class ReasonForm(forms.Form):
    """Why something is declined, cancelled or taken back."""

    reason = Text(label=_("Reason"), min_length=3, max_length=500)
