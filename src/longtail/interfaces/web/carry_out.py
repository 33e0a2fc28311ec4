"""One write of one room, its refusal put where the person reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from longtail.values.refusal import InvalidInput, Refusal

log = logging.getLogger(__name__)


def carry_out(
    request: HttpRequest,
    call: Callable[[], Any],
    *,
    done: str,
    form: forms.Form | None = None,
    names: Mapping[str, str] | None = None,
    then: Callable[[], Any] | None = None,
) -> bool:
    """Call a service and tell the person how it went.

    A refusal goes beside the fields it names, all at once, else above the form; without
    a form it is shown on the next page. Other errors are not business and pass through.

    Args:
        request: For the messages.
        call: Calls one service.
        done: What to say when it worked.
        form: The form to keep filled in and mark.
        names: The form's name of a field that the service calls otherwise.
        then: Does what has fallen due by it, which a job would do within the minute;
            should that be refused, the job will say so.

    Returns:
        Whether the service did it.
    """
    try:
        call()
    except InvalidInput as refusal:
        for name, problem in refusal.problems.items():
            _refuse(request, form, (names or {}).get(name, name), problem)
        return False
    except Refusal as refusal:
        _refuse(request, form, None, str(refusal))
        return False
    messages.success(request, done, extra_tags="good")
    if then is not None:
        _hurry(then)
    return True


def _hurry(then: Callable[[], Any]) -> None:
    try:
        then()
    except Refusal as refusal:
        log.info("left to the job: %s", refusal)


def _refuse(
    request: HttpRequest, form: forms.Form | None, name: str | None, problem: str
) -> None:
    if form is None:
        messages.error(request, f"{name}: {problem}" if name else problem, extra_tags="bad")
    elif name in form.fields:
        form.add_error(name, problem)
    else:
        form.add_error(None, f"{name}: {problem}" if name else problem)
