"""A second person's agreement, given on the same page with that person's own password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from longtail.interfaces.web.access import Acting
from longtail.interfaces.web.forms.fields import Text
from longtail.parties import queries as parties


class CosignForm(forms.Form):
    """A reason, and the colleague who agrees.

    In the demonstration anybody may log in as anybody, so no password is asked there.

    Args:
        request: For the log of failed log-ins.
        acting: The first person, who is not offered as the second.
    """

    reason = Text(
        label=_("Reason"),
        min_length=10,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept for good."),
    )
    seconded_by = forms.ChoiceField(label=_("Second person"))
    password = forms.CharField(
        label=_("The second person's password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, request: HttpRequest, acting: Acting, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self.fields["seconded_by"].choices = [
            (person.get_username(), str(person))
            for person in parties.people_of(acting.code)
            if person.get_username() != acting.username
        ]
        if settings.DEMO:
            del self.fields["password"]

    def clean(self) -> dict[str, Any]:
        """Check that the second person is there; guesses are counted and limited."""
        cleaned = super().clean()
        username, password = cleaned.get("seconded_by"), cleaned.get("password")
        if (
            username
            and password
            and not get_adapter(self._request).authenticate(
                self._request, username=username, password=password
            )
        ):
            self.add_error("password", _("This is not that person's password."))
        return cleaned
