"""Running totals against the transfers that made them, and holds against their ends."""

from __future__ import annotations

from collections.abc import Iterator

from longtail.ledger.log.verifying.findings import Finding, Tally, count, stream
from longtail.ledger.queries import REPLAY

TOTALS = """
with replayed (code, debits_pending, debits_posted, credits_pending, credits_posted)
  as (%REPLAY%)
select a.id, a.code,
  array[a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted],
  array[r.debits_pending, r.debits_posted, r.credits_pending, r.credits_posted]
from ledger_account a join replayed r on r.code = a.code
where (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
  <> (r.debits_pending, r.debits_posted, r.credits_pending, r.credits_posted)
order by a.id
""".replace("%REPLAY%", REPLAY)  # nosec: both texts are fixed
# What the triggers and constraints refuse, should they have been switched off.
MISFITS = """
select t.id from ledger_transfer t
left join ledger_transfer hold on hold.id = t.resolves_id
left join ledger_account debit
  on debit.id = t.debit_account_id and debit.currency = t.currency
left join ledger_account credit
  on credit.id = t.credit_account_id and credit.currency = t.currency
where t.amount_minor <= 0 or debit.id is null or credit.id is null or debit.id = credit.id
  or (t.phase in ('SINGLE', 'PENDING')) <> (t.resolves_id is null)
  or t.phase in ('POST', 'VOID') and (hold.phase, hold.debit_account_id,
      hold.credit_account_id, hold.currency) is distinct from
    ('PENDING', t.debit_account_id, t.credit_account_id, t.currency)
  or t.amount_minor > hold.amount_minor
  or t.phase = 'VOID' and t.amount_minor <> hold.amount_minor
  or exists (select from ledger_transfer other
    where other.resolves_id = t.resolves_id and other.id < t.id)
order by t.id
"""
UNBALANCED = """
select currency, sum(credits_posted - debits_posted)::bigint from ledger_account
group by currency having sum(credits_posted) <> sum(debits_posted) order by currency
"""


def findings(tally: Tally) -> Iterator[Finding]:
    """Yield accounts and transfers that break the books' own rules."""
    tally["accounts"] += count("select count(*) from ledger_account")
    for row_id, code, running, replayed in stream(TOTALS):
        problem = f"totals of {code} are {running}; its transfers make {replayed}."
        yield Finding("ledger_account", str(row_id), problem)
    for (row_id,) in stream(MISFITS):
        problem = "it does not fit its accounts or its hold."
        yield Finding("ledger_transfer", str(row_id), problem)
    for currency, minor in stream(UNBALANCED):
        problem = f"client claims differ from the custodian's {currency} by {minor}."
        yield Finding("ledger_account", "", problem)
