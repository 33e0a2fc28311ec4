"""China: private lending ceilings, and peer-to-peer lending from its rules to its end.

The ceiling is the one of private lending. The platform holds every mode to it, bank loans
too, although the courts exempt licensed institutions (Fa Shi [2020] No. 27): a deal that
passes here passes everywhere in China.

Source:
    Supreme People's Court, Provisions on private lending, Fa Shi [2015] No. 18, amended by
    [2020] No. 6 and [2020] No. 17; CBRC, Interim Measures for online lending information
    intermediaries, Order [2016] No. 1; one-year loan prime rates of the National Interbank
    Funding Center.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from longtail.terms.regimes.regime import AmountCap, Regime

PEER_TO_PEER = ("p2p-unsecured", "p2p-guaranteed")
ONE_MILLION_YUAN = 1_000_000_00

# Day of publication, one-year loan prime rate in basis points.
LOAN_PRIME_RATES = (
    (date(2020, 8, 20), 385),
    (date(2021, 12, 20), 380),
    (date(2022, 1, 20), 370),
    (date(2022, 8, 22), 365),
    (date(2023, 6, 20), 355),
    (date(2023, 8, 21), 345),
    (date(2024, 7, 22), 335),
    (date(2024, 10, 21), 310),
    (date(2025, 5, 20), 300),
)
BANDS = "Supreme People's Court, Fa Shi [2015] No. 18, Article 26"
FOUR_TIMES = (
    "four times the one-year loan prime rate, Supreme People's Court, Fa Shi [2020]"
)


@dataclass(frozen=True, slots=True)
class _Price:
    cap_bps: int
    article: str
    warning_bps: int | None = None
    warning: str = ""


OLD_PRICE = _Price(
    cap_bps=3600,
    article=f"{BANDS}, second paragraph (an agreement above 36 % is void)",
    warning_bps=2400,
    warning=f"a court will not enforce interest above 24 %: {BANDS}, first paragraph",
)
CAPS = tuple(
    AmountCap(
        mode_code=mode,
        max_minor=ONE_MILLION_YUAN,
        article="CBRC Order [2016] No. 1, Article 17",
    )
    for mode in PEER_TO_PEER
)
ENDED = tuple(
    (
        mode,
        "peer-to-peer platforms were to exit (Circular Zhengzhiban Han [2018] No. 175) and "
        "none has been in operation since mid-November 2020 (CBIRC, 27 November 2020)",
    )
    for mode in PEER_TO_PEER
)


def _lpr_bps(day: date) -> int:
    return next(rate for start, rate in reversed(LOAN_PRIME_RATES) if start <= day)


def _price(day: date) -> _Price:
    if day < date(2020, 8, 20):
        return OLD_PRICE
    article = "No. 6, Article 26" if day < date(2021, 1, 1) else "No. 17, Article 25"
    return _Price(cap_bps=4 * _lpr_bps(day), article=f"{FOUR_TIMES} {article}")


def _version(start: date, end: date | None) -> Regime:
    price = _price(start)
    is_capped = date(2016, 8, 17) <= start < date(2020, 12, 1)
    return Regime(
        code="cn",
        name="China",
        effective_from=start,
        effective_to=end,
        apr_cap_bps=price.cap_bps,
        apr_article=price.article,
        currency="CNY",
        refused_modes=ENDED if start >= date(2020, 12, 1) else (),
        amount_caps=CAPS if is_capped else (),
        apr_warning_bps=price.warning_bps,
        apr_warning=price.warning,
    )


def _versions() -> tuple[Regime, ...]:
    """Return one regime for each span in which nothing changed, oldest first."""
    changes = sorted(
        {
            date(2015, 9, 1),  # Fa Shi [2015] No. 18 takes effect.
            date(2016, 8, 17),  # CBRC Order [2016] No. 1 takes effect.
            date(2020, 12, 1),  # The last platforms closed in November.
            date(2021, 1, 1),  # Fa Shi [2020] No. 17 takes effect.
            *(day for day, _ in LOAN_PRIME_RATES),
        }
    )
    ends = [day - timedelta(days=1) for day in changes[1:]]
    return tuple(map(_version, changes, [*ends, None]))


CN = _versions()
