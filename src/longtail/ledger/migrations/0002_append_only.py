"""What the database itself refuses, whoever writes."""

from django.db import migrations

FORWARD = """
-- A transfer and both its accounts are in one currency.
alter table ledger_transfer
  add constraint transfer_debit_account_currency
    foreign key (debit_account_id, currency) references ledger_account (id, currency),
  add constraint transfer_credit_account_currency
    foreign key (credit_account_id, currency) references ledger_account (id, currency);

-- The end of a hold is between the accounts of the hold and within its amount.
create function ledger_refuse_beyond_hold() returns trigger language plpgsql as $$
declare hold ledger_transfer;
begin
  select * into hold from ledger_transfer where id = new.resolves_id;
  if hold.phase = 'PENDING'
    and hold.debit_account_id = new.debit_account_id
    and hold.credit_account_id = new.credit_account_id
    and hold.currency = new.currency
    and (new.amount_minor = hold.amount_minor
      or new.phase = 'POST' and new.amount_minor < hold.amount_minor)
  then return new; end if;
  raise exception 'transfer does not fit hold %', new.resolves_id
    using errcode = 'check_violation', constraint = 'transfer_within_hold';
end $$;
create trigger transfer_within_hold before insert on ledger_transfer
  for each row when (new.resolves_id is not null)
  execute function ledger_refuse_beyond_hold();

-- History is only ever added to.
create function ledger_refuse_rewrite() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', constraint = tg_name,
      hint = 'Correct a mistake with another entry.';
end $$;
create trigger journal_append_only before update or delete or truncate
  on ledger_journal for each statement execute function ledger_refuse_rewrite();
create trigger transfer_append_only before update or delete or truncate
  on ledger_transfer for each statement execute function ledger_refuse_rewrite();
create trigger account_never_removed before delete or truncate
  on ledger_account for each statement execute function ledger_refuse_rewrite();
create trigger account_terms_fixed before update on ledger_account
  for each row when ((old.id, old.code, old.currency, old."limit")
    is distinct from (new.id, new.code, new.currency, new."limit"))
  execute function ledger_refuse_rewrite();
"""
BACKWARD = """
drop trigger account_terms_fixed on ledger_account;
drop trigger account_never_removed on ledger_account;
drop trigger transfer_append_only on ledger_transfer;
drop trigger journal_append_only on ledger_journal;
drop function ledger_refuse_rewrite;
drop trigger transfer_within_hold on ledger_transfer;
drop function ledger_refuse_beyond_hold;
alter table ledger_transfer
  drop constraint transfer_debit_account_currency,
  drop constraint transfer_credit_account_currency;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
