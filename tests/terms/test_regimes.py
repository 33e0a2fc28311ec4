from datetime import date, timedelta
from itertools import pairwise

import pytest

from longtail.terms.catalogue import LATEST
from longtail.terms.regimes import REGIMES, NoRegimeInForce, regime_at, verdict
from longtail.terms.regimes.regime import percent

ONE_DAY = timedelta(days=1)
MILLION_YUAN = 1_000_000_00


def judge(code, day, *, mode_code="bank-loan", amount_minor=1, apr_bps=0):
    return verdict(
        regime_at(code, day),
        mode_code=mode_code,
        amount_minor=amount_minor,
        apr_bps=apr_bps,
    )


@pytest.mark.parametrize("versions", REGIMES.values(), ids=REGIMES.keys())
def test_one_version_is_in_force_on_every_day_since_the_first(versions):
    for earlier, later in pairwise(versions):
        assert earlier.effective_to + ONE_DAY == later.effective_from
    assert versions[-1].effective_to is None
    for regime in versions:
        assert regime_at(regime.code, regime.effective_from) is regime
        last = regime.effective_to or date(9999, 12, 31)
        assert regime_at(regime.code, last) is regime


@pytest.mark.parametrize("versions", REGIMES.values(), ids=REGIMES.keys())
def test_every_rule_names_its_source_and_a_mode_that_exists(versions):
    for regime in versions:
        assert regime.apr_article
        modes = [code for code, _ in regime.refused_modes]
        modes += [cap.mode_code for cap in regime.amount_caps]
        assert set(modes) <= set(LATEST)
        assert all(article for _, article in regime.refused_modes)
        assert all(cap.article for cap in regime.amount_caps)
        assert not regime.amount_caps or regime.currency
        assert (regime.apr_warning_bps is None) == (not regime.apr_warning)


@pytest.mark.parametrize(
    ("code", "day"), [("cn", date(2015, 8, 31)), ("atlantis", date(2024, 1, 1))]
)
def test_without_known_law_nothing_is_offered(code, day):
    with pytest.raises(NoRegimeInForce, match=f"{code}.*open-sandbox, cn"):
        regime_at(code, day)


@pytest.mark.parametrize("mode_code", LATEST)
def test_the_sandbox_allows_every_mode_up_to_its_price(mode_code):
    day = date(2024, 1, 1)
    assert judge("open-sandbox", day, mode_code=mode_code, apr_bps=3_600).is_allowed
    dear = judge("open-sandbox", day, mode_code=mode_code, apr_bps=3_601)
    assert not dear.is_allowed
    assert dear.reasons == (
        "the annual percentage rate of 36.01 % is above the 36 % allowed: "
        "rule 1 of the sandbox: an all-in rate of at most 36 %",
    )


@pytest.mark.parametrize(
    ("day", "apr_bps", "is_allowed"),
    [
        (date(2015, 9, 1), 3_600, True),
        (date(2015, 9, 1), 3_601, False),
        (date(2020, 8, 19), 3_600, True),
        (date(2020, 8, 20), 3_600, False),
        (date(2020, 8, 20), 1_540, True),
        (date(2020, 8, 20), 1_541, False),
        (date(2021, 12, 19), 1_540, True),
        (date(2021, 12, 20), 1_540, False),
        (date(2021, 12, 20), 1_520, True),
        (date(2025, 5, 20), 1_200, True),
        (date(2025, 5, 20), 1_201, False),
    ],
)
def test_the_chinese_price_cap_on_its_boundaries(day, apr_bps, is_allowed):
    assert judge("cn", day, apr_bps=apr_bps).is_allowed == is_allowed


@pytest.mark.parametrize(
    ("day", "article"),
    [
        (date(2016, 1, 1), "Fa Shi [2015] No. 18, Article 26"),
        (date(2020, 12, 31), "Fa Shi [2020] No. 6, Article 26"),
        (date(2021, 1, 1), "Fa Shi [2020] No. 17, Article 25"),
    ],
)
def test_the_price_cap_names_the_article_of_its_day(day, article):
    (reason,) = judge("cn", day, apr_bps=9_999).reasons
    assert article in reason


def test_between_24_and_36_percent_a_claim_was_lawful_but_weak():
    day = date(2019, 1, 1)
    assert judge("cn", day, apr_bps=2_400).warnings == ()
    weak = judge("cn", day, apr_bps=2_401)
    assert weak.is_allowed
    assert "first paragraph" in weak.warnings[0]
    assert judge("cn", day, apr_bps=3_601).warnings == ()


@pytest.mark.parametrize("mode_code", ["p2p-unsecured", "p2p-guaranteed"])
def test_peer_to_peer_lending_ended_in_november_2020(mode_code):
    assert judge("cn", date(2020, 11, 30), mode_code=mode_code).is_allowed
    ended = judge("cn", date(2020, 12, 1), mode_code=mode_code)
    assert not ended.is_allowed
    assert "[2018] No. 175" in ended.reasons[0]
    assert judge("cn", date(2020, 12, 1), mode_code="bank-loan").is_allowed


@pytest.mark.parametrize(
    ("day", "mode_code", "amount_minor", "is_allowed"),
    [
        (date(2016, 8, 16), "p2p-unsecured", MILLION_YUAN + 1, True),
        (date(2016, 8, 17), "p2p-unsecured", MILLION_YUAN + 1, False),
        (date(2016, 8, 17), "p2p-unsecured", MILLION_YUAN, True),
        (date(2016, 8, 17), "p2p-guaranteed", MILLION_YUAN + 1, False),
        (date(2016, 8, 17), "bank-loan", MILLION_YUAN + 1, True),
    ],
)
def test_the_cap_on_one_platform_counts_for_peers_only(
    day, mode_code, amount_minor, is_allowed
):
    found = judge("cn", day, mode_code=mode_code, amount_minor=amount_minor)
    assert found.is_allowed == is_allowed
    assert is_allowed or "Article 17" in found.reasons[0]


def test_every_rule_against_a_deal_is_listed():
    found = judge(
        "cn",
        date(2019, 1, 1),
        mode_code="p2p-unsecured",
        amount_minor=MILLION_YUAN * 2,
        apr_bps=4_000,
    )
    assert len(found.reasons) == 2
    assert "at most CNY 1,000,000.00" in found.reasons[0]
    assert "40 % is above the 36 %" in found.reasons[1]


def test_rates_read_as_percent():
    assert [percent(bps) for bps in (1_540, 3_600, 12_345, 1, 0, 10_000)] == [
        "15.4 %",
        "36 %",
        "123.45 %",
        "0.01 %",
        "0 %",
        "100 %",
    ]
