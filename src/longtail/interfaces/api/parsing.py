"""Reading JSON without the surprises of Python's reader."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser

# More digits than any field takes; Python refuses 4,301 of them with an error of its own.
MOST_DIGITS = 40


class StrictParser(Parser):
    """JSON in UTF-8, no name twice, no number that a computer cannot hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's value.

        Raises:
            HttpError: 400 with the reason, 413 when it is too large.
        """
        try:
            return json.loads(
                request.body.decode("utf-8"),
                parse_int=_integer,
                parse_float=Decimal,
                object_pairs_hook=_object,
            )
        except RequestDataTooBig:
            raise HttpError(413, "The body is larger than 1 MB. Send less.") from None
        except RecursionError:
            raise HttpError(400, "The body is nested too deeply.") from None
        except ValueError as error:
            raise HttpError(400, f"The body is not JSON in UTF-8: {error}.") from None


def _integer(digits: str) -> int | Decimal:
    # Out of range either way; the field's own bound then refuses it by name.
    return int(digits) if len(digits) <= MOST_DIGITS else Decimal("1e40")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result
