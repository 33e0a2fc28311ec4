"""The chart of accounts in the glossary is the one in the code."""

import re
from pathlib import Path

from longtail.ledger import chart
from longtail.ledger.chart import Limit

GLOSSARY = Path(__file__).parents[2] / "docs/glossary.md"
SIDES = {
    Limit.CREDITS_MUST_NOT_EXCEED_DEBITS: "debit",
    Limit.DEBITS_MUST_NOT_EXCEED_CREDITS: "credit",
}
SPECS = (
    chart.custodian_cash("CUR"),
    chart.wallet("PARTY", "CUR"),
    chart.book("DEMAND", "CUR"),
    chart.collection("AGREEMENT", "CUR"),
    chart.suspense("CUR"),
    chart.clearing("CUR"),
)


def test_every_kind_of_account_is_in_the_chart():
    assert [spec.code.partition(":")[0] for spec in SPECS] == list(chart.KINDS)
    assert list(chart.HOLDS) == list(chart.KINDS)


def test_the_glossary_says_what_the_code_does():
    section = GLOSSARY.read_text().partition("## Accounts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(.+)` \| (\w+) \| (.+) \|$", section, re.MULTILINE)
    assert rows == [
        (spec.code, SIDES[spec.limit], chart.HOLDS[spec.code.partition(":")[0]])
        for spec in SPECS
    ]
