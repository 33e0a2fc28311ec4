"""The posting functions of the database, called in one round trip each.

They are called past Django's cursor: prepared, and with arrays as PostgreSQL keeps them, so
that nothing is done for each number in Python. A missing answer means that the database
would not take it; the caller finds out why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format
from psycopg.types.numeric import Int8

from longtail.ledger.sealing import EPOCH, TIME, WHOLE_NUMBER

# Parts keys and codes in one text; neither may contain it.
SEPARATOR = "\x1f"
BIGINT_ARRAY = 1016
HEAD = np.dtype(">i4")
ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])
HEAD_BYTES = 5 * HEAD.itemsize

TRY_ONE = "select ledger_try_one($1, $2, $3, $4, $5, $6, $7, $8)"
COLUMNS = (
    f"string_to_array($1, E'{SEPARATOR}'), string_to_array($2, E'{SEPARATOR}'), "
    f"$3::timestamptz[], $4::bigint[], string_to_array($5, E'{SEPARATOR}'), {{}}, {{}}, "
    f"$8::bigint[], string_to_array($9, E'{SEPARATOR}'), $10::bigint[]"
)
BY_ID = COLUMNS.format("$6::bigint[]", "$7::bigint[]")
BY_CODE = COLUMNS.format(
    *(f"ledger_account_ids(string_to_array(${n}, E'{SEPARATOR}'))" for n in (6, 7))
)
TRY_CODES, WRITE_IDS, TRY_IDS = (
    f"select {function}({columns})"
    for function, columns in (
        ("ledger_try", BY_CODE),
        ("ledger_write", BY_ID),
        ("ledger_try", BY_ID),
    )
)


class Packed:
    """A one-dimensional array as PostgreSQL's binary protocol has it."""

    __slots__ = ("payload",)

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


class PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        return obj.payload


class NumbersLoader(Loader):
    """Reads an array of whole numbers without making an object of each."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[np.int64]:
        if len(data) < HEAD_BYTES:
            return np.zeros(0, np.int64)
        found = np.frombuffer(data, ELEMENT, offset=HEAD_BYTES)
        return found["value"].astype(np.int64)


def numbers(values: Sequence[int] | NDArray[np.int64]) -> Packed:
    """Pack whole numbers as a ``bigint[]``."""
    return _packed(WHOLE_NUMBER, np.asarray(values, np.int64))


def times(values: Sequence[datetime]) -> Packed:
    """Pack moments as a ``timestamptz[]``."""
    micros = [(value - EPOCH) // timedelta(microseconds=1) for value in values]
    return _packed(TIME, np.asarray(micros, np.int64))


def texts(values: Sequence[str]) -> str:
    """Join texts into one, to be parted by the database."""
    return SEPARATOR.join(values)


def call(statement: str, parameters: Sequence[Any]) -> Any:
    """Run a posting function on Django's connection and return what it returns.

    Raises:
        IntegrityError: If a function refuses that does not answer with null.
    """
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.RawCursor(connection.connection) as cursor,
    ):
        cursor.adapters.register_dumper(Packed, PackedDumper)
        cursor.adapters.register_loader(BIGINT_ARRAY, NumbersLoader)
        cursor.execute(statement, parameters, prepare=True, binary=True)
        return cursor.fetchone()[0]


def call_one(parameters: Sequence[Any]) -> int | None:
    """Run ``ledger_try_one``; its parameters are those of the function."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.RawCursor(connection.connection) as cursor,
    ):
        cursor.execute(TRY_ONE, parameters, prepare=True, binary=True)
        found: int | None = cursor.fetchone()[0]
        return found


def whole(value: int) -> Int8:
    """Mark a number as a ``bigint``, so that one prepared statement serves all."""
    return Int8(value)


def _packed(kind: int, values: NDArray[np.int64]) -> Packed:
    if not len(values):
        return Packed(np.array([0, 0, kind], HEAD).tobytes())
    head = np.array([1, 0, kind, len(values), 1], HEAD)
    body = np.empty(len(values), ELEMENT)
    body["length"], body["value"] = 8, values
    return Packed(head.tobytes() + body.tobytes())
