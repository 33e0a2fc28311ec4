"""Goal: the end of day of 1,000,000 agreements ÷ one by one, at least 1,000; at most 3 s.

Prints one JSON line last. A business day of a portfolio with 8 holders an agreement: 5 %
of the agreements repay on the day (at 1,000,000: 50,000 repayments to 400,000
distributions), 0.25 % missed yesterday's instalment, 0.35 % change their arrears bucket,
2 % are late. Measured, commits included, through the services on the project's own tables
with every trigger, constraint and index:

- ``repayments``: receipts of the custodian to events, states, distributions and wallets;
- ``steps``: this room's end-of-day steps (what fell due, ageing, defaults, guarantees,
  the date);
- ``accruals``: every agreement's accrued and late interest and the general-ledger sums.

The peer takes 2,000 agreements and 2,000 repayments through the same services one by one
and is extrapolated to the whole; the steps of other rooms and the exchange of messages
with the custodian are in neither. The portfolio is written by set-based SQL, each row a
copy of a state that the fold gave; earlier events are left out, for no part reads them.

Not reached yet: on two busy cores a run gave 25 s (14 s of processor time), of which
repayments are nine tenths; half of that is the statement that writes events,
distributions and states with their log entries. The other parts take 1 to 2 s each.
"""

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import scratch

LEVELS = (10_000, 100_000, 1_000_000)
PEER = 2_000
FUNDERS, HOLDERS = 5_000, 8
TODAY = date(2024, 6, 14)
PARTS = (150_001, 149_999, 260_003, 39_997, 123_457, 176_543, 200_011, 99_989)
# Days late of agreements by their number modulo 10,000; the first of them repay today, a
# few more than 5 %, because smaller levels and the peer have had theirs.
DUE = 600
LATE = {1: 600, 10: 625, 31: 685, 45: 690, 61: 750, 75: 755}
NOT_LATE = 800
N_SHIFTS = 29

STAGE = """
create unlogged table bench_template (kind text, syndicate int, state jsonb, paid jsonb,
  unpaid_from date, next_due_date date, holds_until date, due_interest bigint,
  due_principal bigint, book bigint, received bigint, earned_to date, interest bigint,
  days int, bearing bigint, scheduled bigint, late_rate int, day_count int,
  unpaid bigint[], bucket text, terms jsonb, primary key (kind, syndicate));
create function bench_kind(n bigint) returns text immutable language sql as $$
  select case when n %% 10000 < {due} then 'due' when n %% 10000 < {not_late} then
    (select 'late' || max(days) from (values {late}) as l(days, first)
     where first = (select max(first) from (values {late}) as m(days, first)
                    where first <= n %% 10000))
    else 'coming' || 1 + n %% {shifts} end $$;
"""
PARTIES = """
insert into parties_party (code, kind, standing, legal_name, country, region, city,
  registration_scheme, registration_number, sector, size_class, bank_account, bank_bic,
  applied_at)
select 'FND-' || n, 'funder', 'admitted', 'Funder ' || n, 'US', '', '', 'internal', n::text,
  '', '', '', '', now()
from generate_series(1, %s) n
"""
WALLETS = """
insert into ledger_account (code, currency, "limit", debits_pending, debits_posted,
  credits_pending, credits_posted)
select 'wallet:FND-' || n || ':USD', 'USD', 'DEBITS_MUST_NOT_EXCEED_CREDITS', 0, 0, 0, 0
from generate_series(1, %s) n
union all
select 'custodian:USD', 'USD', 'CREDITS_MUST_NOT_EXCEED_DEBITS', 0, 0, 0, 0
"""
GROW = (
    """
insert into parties_party (id, code, kind, standing, legal_name, country, region, city,
  registration_scheme, registration_number, sector, size_class, bank_account, bank_bic,
  applied_at)
select 1000000 + n, 'ENT-' || n, 'enterprise', 'admitted', 'Enterprise ' || n, 'US', '',
  '', 'internal', n::text, '', '', '', '', now()
from generate_series(%(first)s::bigint, %(last)s::bigint) n
""",
    """
insert into deals_demand (id, code, enterprise_id, state, version_number, fingerprint,
  assessment_code, grade, created_at, updated_at)
select n, 'DEM-' || n, 1000000 + n, 'active', 1,
  n::text, '', 'BBB', now(), now()
from generate_series(%(first)s::bigint, %(last)s::bigint) n
""",
    """
insert into deals_agreement (id, code, demand_id, enterprise_id, cover_bps, mode_code,
  mode_version, regime_code, grade, principal_minor, currency, rate_bps, apr_bps,
  drawdown_date, maturity_date, terms, signed_at)
select n, 'AGR-' || n, n, 1000000 + n, 0,
  'bank-loan', 1, 'open-sandbox', 'BBB', 1200000, 'USD', 1200, 1268, date '2024-01-01',
  date '2025-01-01', t.terms, now()
from generate_series(%(first)s::bigint, %(last)s::bigint) n
join bench_template t on t.kind = bench_kind(n) and t.syndicate = 0
""",
    """
insert into servicing_snapshot (id, agreement_id, state, paid, status, bucket, unpaid_from,
  outstanding_minor, received_minor, refundable_minor, charged_off_minor, recovered_minor,
  guarantee_minor, drawn_date, instruction_code, refund_minor, next_due_date, holds_until,
  due_interest_minor, due_principal_minor, book_minor, earned_micro, earned_to,
  period_interest_minor, period_days, bearing_minor, scheduled_minor, ahead_interest_minor,
  late_rate_bps, day_count, unpaid, currency)
select n, n, t.state, t.paid, 'active', t.bucket, t.unpaid_from, t.book, t.received, 0, 0,
  0, 0, date '2024-01-01', '', 0, t.next_due_date, t.holds_until, t.due_interest,
  t.due_principal, t.book, 0, t.earned_to, t.interest, t.days, t.bearing, t.scheduled, 0,
  t.late_rate, t.day_count, t.unpaid, 'USD'
from generate_series(%(first)s::bigint, %(last)s::bigint) n
join bench_template t on t.kind = bench_kind(n) and t.syndicate = n %% %(syndicates)s
""",
    """
insert into ledger_account (code, currency, "limit", debits_pending, debits_posted,
  credits_pending, credits_posted)
select 'collection:AGR-' || n || ':USD', 'USD', 'DEBITS_MUST_NOT_EXCEED_CREDITS', 0, 0, 0,
  (t.terms #>> '{{instalments,3,2}}')::bigint + (t.terms #>> '{{instalments,3,3}}')::bigint
from generate_series(%(first)s::bigint, %(last)s::bigint) n
join bench_template t on t.kind = 'due' and t.syndicate = 0 where n %% 10000 < 600
""",
    """
insert into custodian_message (id, way, kind, message_id, digest, body, signature, reason,
  at) values (%(last)s, 'in', 'camt.054', %(last)s::text, '', '', '', '', now())
""",
)


def named(text, syndicate):
    """Return a template's text with the holders of a syndicate in it."""
    for n in range(HOLDERS):
        text = text.replace(f"@{n}@", f"FND-{syndicate * HOLDERS + n + 1}")
    return text


def templates():
    """Yield a row for every kind of agreement and syndicate: states that the fold gives."""
    from longtail.kernels.cashflows.daycount import DayCount
    from longtail.servicing.closed_form import closed_form
    from longtail.servicing.codec import encode
    from longtail.servicing.dues import days_past_due, unpaid_from
    from longtail.servicing.events import Drawdown, Payment
    from longtail.servicing.rules import bucket_of
    from longtail.servicing.step import fold
    from longtail.terms.primitives import Component
    from longtail.terms.resolve import Instalment, ResolvedTerms, freeze

    kinds = {"due": (0, 3)} | {f"late{n}": (-n, 3) for n in LATE}
    kinds |= {f"coming{n}": (n, 3) for n in range(1, N_SHIFTS + 1)}
    for kind, (shift, n_paid) in kinds.items():
        days = [TODAY + timedelta(days=shift + 30 * (n - n_paid)) for n in range(12)]
        terms = ResolvedTerms(
            mode_code="bank-loan",
            mode_version=1,
            regime_code="open-sandbox",
            currency="USD",
            principal_minor=1_200_000,
            rate_bps=1200,
            day_count=DayCount.ACT_365F,
            drawdown_date=days[0] - timedelta(days=30),
            maturity_date=days[-1],
            instalments=tuple(
                Instalment(n + 1, day, 100_000, 12_000 - 1_000 * n)
                for n, day in enumerate(days)
            ),
            cover_bps=0,
            guarantor_code=None,
            losses=(),
            allocation=tuple(Component),
            late_rate_bps=1200,
            apr_bps=1268,
        )
        holdings = tuple((f"@{n}@", part) for n, part in enumerate(PARTS))
        events = [
            Drawdown(key="d", value_date=terms.drawdown_date, holdings=holdings),
            *(
                Payment(
                    key=f"p{i.number}", value_date=i.due_date, amount_minor=i.total_minor
                )
                for i in terms.instalments[:n_paid]
            ),
        ]
        state = fold(terms, events)
        yesterday = TODAY - timedelta(days=1)
        form = closed_form(terms, state)
        if form.holds_until < yesterday:
            # The end of yesterday's day has let it fall due.
            form = closed_form(terms, state, on=yesterday)
        late = days_past_due(terms, state, yesterday)
        paid = json.dumps({h.party: h.cash_minor for h in state.holders})
        stored = json.dumps(encode(state))
        for syndicate in range(FUNDERS // HOLDERS):
            yield (
                kind,
                syndicate,
                named(stored, syndicate),
                named(paid, syndicate),
                unpaid_from(terms, state),
                form.next_due_date,
                form.holds_until,
                form.due_interest_minor,
                form.due_principal_minor,
                form.book_minor,
                state.received_minor,
                form.earned_to,
                form.period_interest_minor,
                form.period_days,
                form.bearing_minor,
                form.scheduled_minor,
                form.late_rate_bps,
                form.day_count,
                form.unpaid,
                bucket_of(late).value,
                json.dumps(freeze(terms)),
            )


def stage(cursor):
    """Write the parties, their wallets and the templates."""
    late = ", ".join(f"({days}, {first})" for days, first in LATE.items())
    cursor.execute(
        STAGE.format(late=late, not_late=NOT_LATE, due=DUE, shifts=N_SHIFTS) % ()
    )
    cursor.execute(PARTIES, [FUNDERS])
    cursor.execute(WALLETS, [FUNDERS])
    with cursor.copy("copy bench_template from stdin") as copy:
        for row in templates():
            copy.write_row(row)
    cursor.execute("analyze bench_template")


def grow(connection, first, last):
    """Add agreements with these numbers, past the triggers, as if they had always been."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        if first == 1:
            stage(cursor)
        given = {"first": first, "last": last, "syndicates": FUNDERS // HOLDERS}
        for statement in GROW:
            cursor.execute(statement, given if "%(" in statement else None)
        cursor.execute("set session_replication_role = origin")
        cursor.execute("vacuum analyze")
        cursor.execute("checkpoint")


def arrive(connection, ids):
    """Let the custodian book repayments on the collection accounts of agreements."""
    from longtail.ledger.custodian.models import CashEntry
    from longtail.ledger.models import Account

    codes = {f"collection:AGR-{n}:USD": n for n in ids}
    held = Account.objects.filter(code__in=codes).values_list("code", "credits_posted")
    entries = [
        CashEntry(
            entry_reference=f"E-{codes[code]}",
            message_id=1,
            direction="CRDT",
            currency="USD",
            amount_minor=amount,
            booking_date=TODAY,
            value_date=TODAY,
            counterparty="Enterprise",
            account_id=code,
            transfer_id=codes[code],
        )
        for code, amount in sorted(held, key=lambda row: codes[row[0]])
    ]
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        CashEntry.objects.bulk_create(entries)
        cursor.execute("set session_replication_role = origin")


def cpu_seconds():
    """Return the processor time of this process and of its PostgreSQL backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = cursor.fetchone()[0]
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measured(work):
    """Return what work gave, its seconds on the wall and its processor seconds."""
    start, cpu = time.perf_counter(), cpu_seconds()
    given = work()
    return given, time.perf_counter() - start, cpu_seconds() - cpu


def take_all(at):
    """Take in receipts until there are none."""
    from longtail.servicing import services

    taken = 0
    while more := services.take_receipts(at=at):
        taken += more
    return taken


def own_steps(at):
    """Run this room's steps of the end of day."""
    from longtail.servicing.eod import BATCH
    from longtail.servicing.eod.batches import run
    from longtail.servicing.eod.running import OWN

    return {step.name: run(step, to=TODAY, at=at, size=BATCH) for step in OWN}


def day(last, at):
    """Run a business day of a portfolio and return its seconds by part."""
    from longtail.servicing import models, queries

    models.EndOfDayStep.objects.all().delete()
    taken, *repayments = measured(lambda: take_all(at))
    touched, *steps = measured(lambda: own_steps(at))
    sums, *accruals = measured(lambda: queries.receivables(TODAY))
    parts = {"repayments": repayments, "steps": steps, "accruals": accruals}
    parts["all"] = [sum(pair) for pair in zip(*parts.values(), strict=True)]
    assert sum(row.count for row in sums) >= last
    return {
        "agreements": last,
        "repayments": taken,
        "distributions": taken * HOLDERS,
        "touched": touched,
        "seconds": {name: round(wall, 3) for name, (wall, _) in parts.items()},
        "cpu_seconds": {name: round(cpu, 3) for name, (_, cpu) in parts.items()},
    }


def one_by_one(connection, ids, at):
    """Return wall and processor seconds of one agreement's day, and of one repayment."""
    from longtail.servicing import queries, services

    codes = [f"AGR-{n}" for n in ids]
    _, *looked = measured(lambda: [queries.state(code, on=TODAY) for code in codes])
    repaid = [0.0, 0.0]
    for n in ids:
        arrive(connection, [n])
        _, *seconds = measured(lambda: services.take_receipts(at=at))
        repaid = [sum(pair) for pair in zip(repaid, seconds, strict=True)]
    return [x / len(ids) for x in looked], [x / len(ids) for x in repaid]


def main():
    """Measure both and print the ratio."""
    levels = tuple(n for n in LEVELS if n <= int(os.environ.get("BENCH_EOD_MAX", 10**6)))
    with scratch.database():
        from django.db import connection

        from longtail.ledger import queries as ledger

        at = datetime.combine(TODAY, clock(0), UTC)
        first, done = 1, []
        for last in levels:
            _, seconds, _ = measured(lambda f=first, n=last: grow(connection, f, n))
            print(f"{last:,} agreements written in {seconds:.0f} s", flush=True)
            paying = [n for n in range(first, last + 1) if n % 10_000 < DUE]
            arrive(connection, paying[: last // 20])
            done.append(day(last, at))
            print(json.dumps(done[-1]), flush=True)
            first = last + 1
        whole = done[-1]
        looked, repaid = one_by_one(connection, paying[-PEER:], at)
        ours = whole["seconds"]["all"], whole["cpu_seconds"]["all"]
        peer = [
            whole["agreements"] * one + whole["repayments"] * other
            for one, other in zip(looked, repaid, strict=True)
        ]
        assert ledger.balances()["clearing:USD"][1] == ledger.balances()["clearing:USD"][3]
    print(
        json.dumps(
            {
                "goal": "end of day ÷ one by one (extrapolated from 2,000)",
                "ours": ours[0],
                "peer": round(peer[0], 1),
                "ratio": round(peer[0] / ours[0], 1),
                "cpu_ours": ours[1],
                "cpu_peer": round(peer[1], 1),
                "cpu_ratio": round(peer[1] / ours[1], 1),
                "one_agreement_ms": round(looked[0] * 1000, 3),
                "one_repayment_ms": round(repaid[0] * 1000, 3),
                "growth": {d["agreements"]: d["seconds"] for d in done},
                "cpu_growth": {d["agreements"]: d["cpu_seconds"] for d in done},
            }
        )
    )


main()
