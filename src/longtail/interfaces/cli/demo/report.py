"""The report that ends the replay: what a banker would ask, from the platform's queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from statistics import median

from rich.console import Console
from rich.table import Table

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.funding import queries as funding
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import queries as custodian
from longtail.parties import queries as parties
from longtail.parties.rules import Kind
from longtail.servicing import queries as servicing
from longtail.underwriting import queries as underwriting
from longtail.values.money import Money


def show(console: Console) -> None:
    """Print the report."""
    console.rule("Demands")
    console.print(_demands())
    console.print(_grades())
    console.print(_speed())
    console.rule("The book")
    console.print(_vintages())
    console.print(_arrears())
    console.rule("Funders")
    console.print(_funders())
    console.rule("The scorecard, out of time")
    console.print(_model())
    console.rule("Reconciliation: ledger = custodian = sum of claims")
    console.print(_reconciliation())


def _table(*columns: str, title: str = "") -> Table:
    """Return a table whose first column is text and the rest figures."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _amount(minor: int, currency: str) -> str:
    return str(Money(minor, currency))


def _units(minor: int, currency: str) -> str:
    """Return an amount in whole major units; the column says the currency."""
    return f"{Money(minor, currency).decimal:,.0f}"


def _percent(fraction: float | None, digits: int = 1) -> str:
    return "–" if fraction is None else f"{100 * fraction:.{digits}f} %"


def _demands() -> Table:
    table = _table("State", "Demands")
    counts = deals.counts_by_state()
    for state in State:
        if counts.get(state):
            table.add_row(state.replace("_", " "), str(counts[state]))
    table.add_row("all", str(sum(counts.values())), style="bold")
    return table


def _grades() -> Table:
    """Count the first decision on each demand by grade."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for assessment in underwriting.assessments():
        outcomes[assessment.grade or "none"][assessment.outcome] += 1
    table = _table("Grade", "Approved", "Referred", "Declined", title="Assessments")
    for grade in sorted(outcomes, key=_rating_order):
        row = outcomes[grade]
        table.add_row(grade, *(str(row[o]) for o in ("approve", "refer", "decline")))
    whole = sum(outcomes.values(), Counter())
    figures = (str(whole[o]) for o in ("approve", "refer", "decline"))
    table.add_row("all", *figures, style="bold")
    return table


def _rating_order(grade: str) -> tuple[str, int]:
    """Sort AAA before AA before A before BBB, and no grade last."""
    return (grade[0], -len(grade)) if grade != "none" else ("Z", 0)


def _speed() -> Table:
    """Measure from publication to the full book, and say how books ended."""
    days: dict[str, list[float]] = defaultdict(list)
    failed: Counter[str] = Counter()
    funded: Counter[str] = Counter()
    for agreement in deals.agreements():
        taken = agreement.signed_at - agreement.demand.created_at
        days[agreement.mode_code].append(taken / timedelta(days=1))
        funded[agreement.mode_code] += agreement.principal_minor
    for demand in deals.demands(states=[State.FAILED]):
        failed[deals.current_version(demand).mode_code] += 1
    table = _table("Mode", "Funded", "Amount", "Median days to fund", "Books failed")
    for mode in sorted({*days, *failed}):
        median_days = f"{median(days[mode]):.0f}" if days[mode] else "–"
        amount = _amount(funded[mode], "USD")
        table.add_row(mode, str(len(days[mode])), amount, median_days, str(failed[mode]))
    return table


def _vintages() -> Table:
    table = _table(
        "Vintage", "Loans", "Funded", "Late now", "Defaulted", "Charged off", "of funded",
        "Guarantor paid", "Recovered", "Outstanding", title="By year of drawdown, USD",
    )  # fmt: skip
    for v in servicing.vintages():
        table.add_row(
            str(v.year),
            str(v.count),
            _units(v.funded_minor, v.currency),
            str(v.late_count),
            str(v.defaulted_count),
            _units(v.charged_off_minor, v.currency),
            _percent(v.charge_off_rate),
            _units(v.guarantee_minor, v.currency),
            _units(v.recovered_minor, v.currency),
            _units(v.outstanding_minor, v.currency),
        )
    return table


def _arrears() -> Table:
    table = _table("Days past due", "Outstanding", title="Arrears")
    arrears = servicing.arrears()
    for currency, buckets in arrears.outstanding_minor.items():
        for bucket, minor in buckets.items():
            table.add_row(bucket, _amount(minor, currency))
        table.add_row("PAR30", _percent(arrears.par_fraction(currency)), style="bold")
    return table


def _funders() -> Table:
    table = _table("Funder", "Agreements", "Funded", "Received", "XIRR", title="USD")
    rows = []
    for party in parties.parties(kind=Kind.FUNDER):
        flows = servicing.cash_flows(party.code)
        if flows:
            rows.append((party, flows))
    for party, flows in sorted(rows, key=lambda row: _paid(row[1])):
        table.add_row(
            party.legal_name,
            str(funding.holdings_of(party.code).count()),
            _units(-_paid(flows), "USD"),
            _units(sum(f.amount_minor for f in flows if f.amount_minor > 0), "USD"),
            _percent(servicing.xirr_of(party.code), 2),
        )
    return table


def _paid(flows: Iterable[servicing.CashFlow]) -> int:
    return sum(flow.amount_minor for flow in flows if flow.amount_minor < 0)


def _model() -> Table:
    table = _table("Figure", "Value")
    model = underwriting.installed_models()[0]
    for name, value in model.metrics["out_of_time"].items():
        table.add_row(name.replace("_", " "), str(value))
    return table


def _reconciliation() -> Table:
    table = _table("Date", "Ledger", "Custodian", "Claims", "Breaks")
    for row in custodian.latest_reconciliations():
        table.add_row(
            str(row.on_date),
            _amount(row.ledger_minor, row.currency),
            _amount(row.custodian_minor, row.currency),
            _amount(row.claims_minor, row.currency),
            str(row.break_count),
            style="green" if not row.break_count else "red",
        )
    table.caption = "debits = credits; balances = replay of transfers"
    return table


def breaks() -> list[str]:
    """Return everything that is wrong with the books; empty if nothing is."""
    unbalanced = [
        f"{row.break_count} breaks in {row.currency} on {row.on_date}"
        for row in custodian.latest_reconciliations()
        if row.break_count
    ]
    return unbalanced + ledger.is_sound()
