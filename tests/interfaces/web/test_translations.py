"""Chinese is whole: every marked string is translated, with the same blanks to fill."""

import re

import polib
import pytest
from django.utils import translation

from longtail.interfaces.web import locale_files, wording
from tests.interfaces.web.messages import messages

BLANK = re.compile(r"%\(\w+\)[sd]|%%")


@pytest.fixture(scope="module")
def catalogue():
    """The Chinese catalogue as it is committed."""
    (source,) = locale_files.FOLDER.glob("zh_Hans/LC_MESSAGES/django.po")
    return polib.pofile(str(source))


def test_every_marked_string_is_in_the_catalogue_and_nothing_else(catalogue):
    known = {(e.msgctxt or "", e.msgid, e.msgid_plural or "") for e in catalogue}
    assert messages() - known == set()
    assert known - messages() == set()


def test_every_string_is_translated(catalogue):
    unfinished = [e.msgid for e in catalogue if not (e.msgstr or e.msgstr_plural.get(0))]
    assert unfinished == []
    assert not catalogue.fuzzy_entries()


def test_a_translation_fills_in_what_the_string_fills_in(catalogue):
    for entry in catalogue:
        source = entry.msgid_plural or entry.msgid
        translated = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        assert sorted(BLANK.findall(source)) == sorted(BLANK.findall(translated)), source


def test_every_word_the_platform_uses_has_a_chinese_one():
    with translation.override("zh-hans"):
        english = [
            (vocabulary, code)
            for vocabulary, words in wording.VOCABULARIES.items()
            for code in words
            if wording.word(vocabulary, code).text.isascii()
        ]
    assert english == []


@pytest.mark.parametrize(
    ("user", "path"),
    [("", "/"), ("harbor.mia", "/home/"), ("ops.ann", "/home/"), ("watch.rae", "/home/")],
)
def test_a_page_speaks_the_readers_language(stage, user, path):
    page = stage.client(user).get(path, headers={"accept-language": "zh-hans"})
    text = page.content.decode()
    assert '<html lang="zh-CN"' in text
    assert "募集中" in text


def test_the_language_is_switched_on_any_page_and_kept(stage):
    browser = stage.client()
    said = {"language": "zh-hans", "next": "/opportunities/"}
    assert browser.post("/i18n/setlang/", said)["Location"] == "/opportunities/"
    assert '<html lang="zh-CN"' in browser.get("/").content.decode()


def test_compiling_again_changes_nothing():
    locale_files.compile_all()
    assert locale_files.compile_all() == []
