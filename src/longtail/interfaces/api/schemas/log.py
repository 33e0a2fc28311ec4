"""The log's signed head and its proofs, as the API shows them."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import Field

from longtail.interfaces.api.schemas.types import INT64

Size = Annotated[int, Field(ge=0, le=INT64, description="How many entries a log has.")]


class HeadOut(Schema):
    """The newest head: keep it, and ask later whether the log still begins with it."""

    jws: str
    public_key: str


class SizesIn(Schema):
    """Between which sizes a proof is asked for."""

    first: Size
    second: Size


class ConsistencyOut(Schema):
    """Hashes in hexadecimal, as in RFC 9162, section 2.1.4."""

    first: int
    second: int
    proof: list[str]
