"""What a field takes: every type states its bounds, and holds them against Python."""

import json
from datetime import date

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from ninja.errors import HttpError
from pydantic import TypeAdapter, ValidationError

from longtail.interfaces.api.parsing import StrictParser
from longtail.interfaces.api.schemas import types

HUGE = 10**30
LINE, PROSE = types.line(most=20), types.prose(most=20)
CODE, WHOLE = types.code("DEM"), types.whole(least=0)


def read(text):
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    request = RequestFactory().post("/", data=body, content_type="application/json")
    return StrictParser().parse_body(request)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LINE, "a\0b"),
        (LINE, "\ud800"),
        (LINE, "two\nlines"),
        (LINE, ""),
        (LINE, "x" * 21),
        (LINE, 5),
        (LINE, float("nan")),
        (LINE, None),
        (PROSE, "a\0b"),
        (PROSE, "\udfff"),
        (PROSE, "\x1b[2J"),
        (CODE, "DEM-"),
        (CODE, "FND-ABCDEFGH"),
        (CODE, "DEM-ABCDEFGH\n"),
        (CODE, "DEM-abcdefgh"),
        (WHOLE, -1),
        (WHOLE, True),
        (WHOLE, 1.0),
        (WHOLE, "1"),
        (WHOLE, float("nan")),
        (WHOLE, 2**63),
        (WHOLE, HUGE),
        (types.Day, "9999-01-01"),
        (types.Day, "1899-12-31"),
        (types.Day, "2026-02-30"),
        (types.Day, "2026-1-1"),
        (types.Day, "2026-01-01T00:00:00"),
        (types.Day, 0),
        (types.Day, 1767225600),
        (types.Bps, 10_001),
        (types.Cursor, "a b"),
        (types.Limit, 0),
        (types.Limit, 201),
    ],
)
def test_a_value_out_of_bounds_is_refused(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "read_as"),
    [
        (LINE, "Łódź 株式会社", "Łódź 株式会社"),
        (PROSE, "one\n\ttwo", "one\n\ttwo"),
        (CODE, "DEM-7K3F9Q2A4X", "DEM-7K3F9Q2A4X"),
        (WHOLE, types.INT64, types.INT64),
        (types.Day, "2200-12-31", date(2200, 12, 31)),
    ],
)
def test_a_value_within_bounds_is_taken_as_it_is(kind, value, read_as):
    assert TypeAdapter(kind).validate_python(value) == read_as


@pytest.mark.parametrize(
    "value",
    ["-1", "1e5", "NaN", "Infinity", "01", "1.", ".5", "1,000", "0.12345", " 1", "1\n", ""],
)
def test_an_amount_is_plain_decimal_text(value):
    with pytest.raises(ValidationError, match="value"):
        types.AmountIn(value=value, currency="USD")


@pytest.mark.parametrize("value", [1, 1.5, None, True, ["1"]])
def test_an_amount_is_no_json_number(value):
    with pytest.raises(ValidationError, match="value"):
        types.AmountIn(value=value, currency="USD")


def test_an_amount_has_no_more_decimals_than_its_currency():
    assert types.AmountIn(value="12.345", currency="KWD").money.minor == 12_345
    for value, currency in (("12.345", "USD"), ("12.3", "JPY")):
        with pytest.raises(ValueError, match="decimals"):
            _ = types.AmountIn(value=value, currency=currency).money


@given(st.integers(0, 10**13), st.sampled_from(["USD", "JPY", "KWD"]))
def test_an_amount_survives_the_way_out_and_in(minor, currency):
    out = types.AmountOut.of(minor, currency)
    back = types.AmountIn(value=out.value, currency=out.currency)
    assert back.money.minor == minor


def test_a_misspelt_field_is_refused():
    with pytest.raises(ValidationError, match="curency"):
        types.AmountIn(value="1", currency="USD", curency="USD")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        b"\xff\xfe",
        "[" * 100_000,
        '{"a": 1, "a": 2}',
        '{"a": 1} x',
        "\ud800",
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(text):
    with pytest.raises(HttpError) as error:
        read(text)
    assert error.value.status_code == 400


@pytest.mark.parametrize("digits", ["9" * 20, "9" * 5_000, "1e999999", "-" + "9" * 4_400])
def test_a_number_no_computer_holds_reaches_the_field_that_refuses_it(digits):
    value = read(f'{{"a": {digits}}}')["a"]
    for kind in (LINE, WHOLE):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_plain_json_is_read_as_it_stands(value):
    assert read(json.dumps(value)) == value
