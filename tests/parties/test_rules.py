import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.parties import rules
from longtail.parties.rules import SizeClass, Standing, Step

HAPPY = ("review", "admit", "suspend", "reinstate", "exit")


def test_a_party_can_go_from_application_to_exit():
    standing = Standing.APPLIED
    for step in HAPPY:
        standing = rules.next_standing(standing, Step(step))
    assert standing is Standing.EXITED


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("step", Step)
def test_every_other_change_of_standing_is_refused(standing, step):
    if (standing, step) in rules.STANDINGS:
        return
    with pytest.raises(rules.IllegalStanding, match=f"Mill Ltd is {standing}"):
        rules.next_standing(standing, step, name="Mill Ltd")


def test_nothing_leads_out_of_exit():
    assert not [s for s, _ in rules.STANDINGS if s is Standing.EXITED]


@pytest.mark.parametrize(
    ("employees", "size"),
    [
        (None, None),
        (0, SizeClass.MICRO),
        (9, SizeClass.MICRO),
        (10, SizeClass.SMALL),
        (49, SizeClass.SMALL),
        (50, SizeClass.MEDIUM),
        (249, SizeClass.MEDIUM),
        (250, SizeClass.LARGE),
    ],
)
def test_size_class_changes_at_the_ceilings_of_2003_361(employees, size):
    assert rules.size_class(employees) is size


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("72", "72"),
        ("722511", "72"),
        ("31-33", "31"),
        ("44-45", "44"),
        ("48-49", "48"),
        ("33", "33"),
    ],
)
def test_a_sector_is_read_from_any_naics_form(text, code):
    assert rules.sector_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "7", "99", "31-44", "72-", "-72", "7225111", "ab", "৩১", "31-3x"]
)
def test_what_is_no_naics_code_is_refused(text):
    with pytest.raises(ValueError, match="NAICS"):
        rules.sector_code(text)


def test_ranges_are_chosen_once_under_their_first_code():
    codes = [code for code, _ in rules.sector_choices()]
    assert len(codes) == 20
    assert {"31", "44", "48"} <= set(codes)
    assert {rules.sector_group(code) for code in rules.SECTORS} == set(codes)
    for code, first in rules.RANGES.items():
        assert rules.SECTORS[code] == rules.SECTORS[first]


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\nb", "a\x7fb", "a\ud800b", "a\u202eb", "a\u0378b"]
)
def test_unprintable_characters_are_named(text):
    code = f"U+{ord(text[1]):04X}"
    assert code in rules.text_problem(text, max_length=10)


def test_line_breaks_are_allowed_only_in_longer_texts():
    assert rules.text_problem("a\nb", max_length=9, is_multiline=True) == ""
    assert rules.text_problem("a\x00b", max_length=9, is_multiline=True)


@pytest.mark.parametrize(
    "name", ["Müller & Søn A/S", "上海小店有限公司", "O’Brien", "Zoë 🥐"]
)
def test_names_of_the_world_are_fine(name):
    assert rules.text_problem(name, max_length=40) == ""


@given(st.text(max_size=60))
def test_cleaning_a_text_twice_changes_nothing_more(text):
    assert rules.clean_text(rules.clean_text(text)) == rules.clean_text(text)
