"""A closed period stays closed, and what was closed or published stays as it was."""

from django.db import migrations

FORWARD = """
-- Once a statement, however many journals it inserts. The close waits for every insert
-- under way (a table lock), so one is either in the closing balances or comes here after.
create function ledger_refuse_closed() returns trigger language plpgsql as $$
declare closed ledger_books_periodclose; first_id bigint; first_at timestamptz;
begin
  select * into closed from ledger_books_periodclose
    order by closed_before_at desc limit 1;
  if not found then return null; end if;
  select min(id), min(effective_at) into first_id, first_at from fresh;
  if first_at < closed.closed_before_at then
    raise exception 'a journal counts at %, before %', first_at, closed.closed_before_at
      using errcode = 'check_violation', constraint = 'journal_period_open',
        hint = 'The period is closed. Post it as of the open one and name its true date.';
  end if;
  -- Its number was drawn before the close, which it then waited for.
  if first_id <= closed.last_journal_id then
    insert into ledger_books_straggler (close_id, journal_id)
      select closed.id, id from fresh where id <= closed.last_journal_id;
  end if;
  return null;
end $$;
create trigger journal_period_open after insert on ledger_journal
  referencing new table as fresh for each statement
  execute function ledger_refuse_closed();
create trigger period_close_append_only before update or delete or truncate
  on ledger_books_periodclose for each statement execute function ledger_refuse_rewrite();
create trigger straggler_append_only before update or delete or truncate
  on ledger_books_straggler for each statement execute function ledger_refuse_rewrite();
create trigger closed_balance_append_only before update or delete or truncate
  on ledger_books_closedbalance for each statement
  execute function ledger_refuse_rewrite();
create trigger claims_root_append_only before update or delete or truncate
  on ledger_books_claimsroot for each statement execute function ledger_refuse_rewrite();
create trigger claims_part_append_only before update or delete or truncate
  on ledger_books_claimspart for each statement execute function ledger_refuse_rewrite();
"""
BACKWARD = """
drop trigger claims_part_append_only on ledger_books_claimspart;
drop trigger claims_root_append_only on ledger_books_claimsroot;
drop trigger straggler_append_only on ledger_books_straggler;
drop trigger closed_balance_append_only on ledger_books_closedbalance;
drop trigger period_close_append_only on ledger_books_periodclose;
drop trigger journal_period_open on ledger_journal;
drop function ledger_refuse_closed;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger_books", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
