from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import lei
from stdnum.cn import uscc
from stdnum.us import ein

from longtail.parties.application import checked, registration
from tests.parties.cases import application

TODAY = date(2026, 3, 2)
GOOD = {
    "uscc": ("91110000600037341L", uscc),
    "lei": ("213800KUD8LAJWSQ9D15", lei),
    "ein": ("911144442", ein),
}


@pytest.mark.parametrize("scheme", GOOD)
def test_a_register_number_is_kept_in_canonical_form(scheme):
    number, _ = GOOD[scheme]
    assert registration(scheme, f" {number[:2]}-{number[2:]} ") == number


@pytest.mark.parametrize(("alias", "scheme"), [("cn.uscc", "uscc"), ("us.ein", "ein")])
def test_the_module_names_of_stdnum_are_schemes_too(alias, scheme):
    said = application(registration_scheme=alias, registration_number=GOOD[scheme][0])
    tidy, problems = checked(said, on=TODAY)
    assert problems == {}
    assert tidy.registration_scheme == scheme


@pytest.mark.parametrize("scheme", ["uscc", "lei"])
def test_every_mistyped_character_is_noticed(scheme):
    number, module = GOOD[scheme]
    for place, character in enumerate(number):
        wrong = "3" if character != "3" else "7"
        typo = number[:place] + wrong + number[place + 1 :]
        assert not module.is_valid(typo)
        with pytest.raises(ValueError, match=scheme.upper()):
            registration(scheme, typo)


@pytest.mark.parametrize(
    ("scheme", "number", "why"),
    [
        ("uscc", "123", "length"),
        ("ein", "00-1234567", "EIN"),
        ("ein", "12345678", "EIN"),
        ("internal", "", "1 to 64"),
        ("internal", "two words", "1 to 64"),
        ("duns", "1", "scheme"),
    ],
)
def test_a_wrong_number_says_why(scheme, number, why):
    with pytest.raises(ValueError, match=why):
        registration(scheme, number)


def test_every_bad_field_is_listed_at_once():
    said = application(
        kind="bank",
        legal_name=" ",
        country="XX",
        region="r" * 65,
        city="Den\x00ver",
        registration_scheme="lei",
        registration_number="213800KUD8LAJWSQ9D16",
        sector="99",
        employees=-1,
        founded_date=date(2026, 3, 3),
        bank_account="12",
        bank_bic="nonsense",
    )
    _, problems = checked(said, on=TODAY)
    assert set(problems) == {
        "kind",
        "legal_name",
        "country",
        "region",
        "city",
        "registration_number",
        "sector",
        "employees",
        "founded_date",
        "bank_account",
        "bank_bic",
    }
    assert "U+0000" in problems["city"]
    assert "65 characters" in problems["region"]


@pytest.mark.parametrize(
    ("account", "bic", "field"),
    [("", "DEUTDEFF", "bank_account"), ("GB82WEST12345698765432", "", "bank_bic")],
)
def test_a_bank_account_needs_its_bank(account, bic, field):
    _, problems = checked(application(bank_account=account, bank_bic=bic), on=TODAY)
    assert set(problems) == {field}


def test_an_application_is_kept_tidy():
    said = application(
        legal_name="  Cafe\u0301  Ltd ",
        country="us",
        sector="44-45",
        bank_account="gb82 west 1234 5698 7654 32",
        bank_bic="deutdeff",
    )
    tidy, problems = checked(said, on=TODAY)
    assert problems == {}
    assert tidy.legal_name == "Café Ltd"
    assert (tidy.country, tidy.sector) == ("US", "44")
    assert (tidy.bank_account, tidy.bank_bic) == ("GB82WEST12345698765432", "DEUTDEFF")
    assert checked(tidy, on=TODAY) == (tidy, {})


TEXTS = (
    "legal_name",
    "country",
    "registration_scheme",
    "registration_number",
    "region",
    "city",
    "sector",
    "bank_account",
    "bank_bic",
)


@settings(max_examples=150)
@given(
    st.sampled_from(TEXTS),
    st.text(st.characters(), max_size=80) | st.none() | st.integers(),
    st.sampled_from(["uscc", "lei", "ein", "internal"]),
)
def test_whatever_is_entered_is_answered_by_field(field, text, scheme):
    said = replace(application(registration_scheme=scheme), **{field: text})
    tidy, problems = checked(said, on=TODAY)
    if not problems:
        assert checked(tidy, on=TODAY) == (tidy, {})
    assert set(problems) <= {*TEXTS}
