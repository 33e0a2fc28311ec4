"""Posting in one round trip: the database itself keeps the running totals.

Three foreign keys checked row by row give way to one trigger over all the rows of a
statement. It refuses what they refused, moves the running totals by exactly what was
written, whoever wrote it, and refuses an account that any journal but the last would
leave overdrawn. ``docs/adr/0006`` says why.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARDS = """
alter table ledger_transfer
  drop constraint transfer_debit_account_currency,
  drop constraint transfer_credit_account_currency;

-- Faster than sum(bigint), which counts in numeric; refuses to overflow all the same.
create aggregate ledger_sum(bigint) (sfunc = int8pl, stype = bigint, initcond = '0');

-- Its plans: accounts by index in ascending id, so that writers wait in one order.
create function ledger_apply_transfers() returns trigger language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_hashagg = off
  set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
  misfit constant text :=
    'a transfer has no journal, or an account that is not in its currency';
  one record;
  is_set boolean;
  pending bigint := 0;
  posted bigint := 0;
  sides bigint;
  tight bigint[];  -- Accounts that gave more than they had before the statement,
  openings bigint[];  -- what was free on them then,
  mirrored bigint[];  -- and those of them that grow by debits.
begin
  perform from written offset 1 limit 1;
  is_set := found;
  select * into one from written;
  if not found then return null; end if;

  if not is_set then
    if one.phase in ('SINGLE', 'POST') then posted := one.amount_minor; end if;
    if one.phase = 'PENDING' then pending := one.amount_minor;
    elsif one.resolves_id is not null then
      pending := -(select amount_minor from ledger_transfer where id = one.resolves_id);
    end if;
    perform from ledger_journal j join ledger_batch b on b.id = j.batch_id
      where j.id = one.journal_id;
    if found then
      update ledger_account a set
        debits_pending = a.debits_pending
          + case a.id when one.debit_account_id then pending else 0 end,
        debits_posted = a.debits_posted
          + case a.id when one.debit_account_id then posted else 0 end,
        credits_pending = a.credits_pending
          + case a.id when one.credit_account_id then pending else 0 end,
        credits_posted = a.credits_posted
          + case a.id when one.credit_account_id then posted else 0 end
        where a.id = any (array[one.debit_account_id, one.credit_account_id])
          and a.currency = one.currency;
      get diagnostics sides = row_count;
      if sides = 2 then return null; end if;
    end if;
    raise exception '%', misfit
      using errcode = 'foreign_key_violation', constraint = 'transfer_fits_accounts';
  end if;

  with moved as (
    update ledger_account a set
      debits_pending = a.debits_pending + net.dp, debits_posted = a.debits_posted + net.d,
      credits_pending = a.credits_pending + net.cp, credits_posted = a.credits_posted + net.c
    from (
      select side.id, w.currency, count(*) as sides, ledger_sum(side.dp) as dp,
        ledger_sum(side.d) as d, ledger_sum(side.cp) as cp, ledger_sum(side.c) as c,
        ledger_sum(coalesce(h.amount_minor, 0)) as ended
      from written w
      join ledger_journal j on j.id = w.journal_id
      join ledger_batch b on b.id = j.batch_id
      left join ledger_transfer h on h.id = w.resolves_id
      cross join lateral (select
        case w.phase when 'SINGLE' then 0 when 'PENDING' then w.amount_minor
          else -h.amount_minor end as pending,
        case when w.phase in ('SINGLE', 'POST') then w.amount_minor else 0 end as posted
      ) e
      cross join lateral (values
        (w.debit_account_id, e.pending, e.posted, 0::bigint, 0::bigint),
        (w.credit_account_id, 0, 0, e.pending, e.posted)
      ) side (id, dp, d, cp, c)
      group by side.id, w.currency order by side.id, w.currency
    ) net
    where a.id = net.id and a.currency = net.currency
    returning a.id, net.sides,
      a."limit" = 'CREDITS_MUST_NOT_EXCEED_DEBITS' as is_mirrored,
      -- What was free before, and whether less than all that left went out of it.
      case a."limit"
        when 'DEBITS_MUST_NOT_EXCEED_CREDITS'
        then a.credits_posted - net.c - (a.debits_posted - net.d) - (a.debits_pending - net.dp)
        when 'CREDITS_MUST_NOT_EXCEED_DEBITS'
        then a.debits_posted - net.d - (a.credits_posted - net.c) - (a.credits_pending - net.cp)
      end as opening,
      case a."limit"
        when 'DEBITS_MUST_NOT_EXCEED_CREDITS'
        then a.credits_posted - a.debits_posted - a.debits_pending - net.c
        when 'CREDITS_MUST_NOT_EXCEED_DEBITS'
        then a.debits_posted - a.credits_posted - a.credits_pending - net.d
      end < net.ended as is_tight
  )
  select coalesce(ledger_sum(moved.sides), 0), array_agg(id) filter (where is_tight),
    array_agg(opening) filter (where is_tight),
    coalesce(array_agg(id) filter (where is_tight and is_mirrored), '{}')
  into sides, tight, openings, mirrored from moved;
  if sides <> 2 * (select count(*) from written) then
    raise exception '%', misfit
      using errcode = 'foreign_key_violation', constraint = 'transfer_fits_accounts';
  end if;
  if tight is not null and exists (
    select from (
      select ledger_sum(free) over (partition by id order by journal_id) as free
      from (
        select id, 0::bigint as journal_id, free from unnest(tight, openings) t(id, free)
        union all
        select side.id, w.journal_id,
          case when side.is_debit = (side.id <> all (mirrored))
            then case w.phase when 'POST' then h.amount_minor - w.amount_minor
              when 'VOID' then h.amount_minor else -w.amount_minor end
            when w.phase in ('SINGLE', 'POST') then w.amount_minor else 0 end
        from written w left join ledger_transfer h on h.id = w.resolves_id
        cross join lateral (values
          (w.debit_account_id, true), (w.credit_account_id, false)) side (id, is_debit)
        where side.id = any (tight)
      ) steps
    ) running where free < 0
  ) then
    raise exception 'an account would be overdrawn before money reaches it'
      using errcode = 'check_violation', constraint = 'account_free_in_order';
  end if;
  return null;
end $$;
create trigger transfer_moves_totals after insert on ledger_transfer
  referencing new table as written
  for each statement execute function ledger_apply_transfers();

-- Fires only for a statement that names one of these columns.
drop trigger account_terms_fixed on ledger_account;
create trigger account_terms_fixed before update of id, code, currency, "limit"
  on ledger_account for each row
  when ((old.id, old.code, old.currency, old."limit")
    is distinct from (new.id, new.code, new.currency, new."limit"))
  execute function ledger_refuse_rewrite();
-- Room on each page for the next version of a row, so that no index is touched.
alter table ledger_account set (fillfactor = 50);
"""
WRITER = """
-- What ``ledger/sealing.py`` says a column is.
create function ledger_column(anyarray) returns bytea language sql stable
  as 'select sha256(array_send($1))';

-- Writes journals and their transfers with one batch row over them, and returns the ids of
-- the transfers in order. Column arrays of one element hold for every row; without
-- ``places`` every journal has one transfer. Keys are written in ascending order, so that
-- writers of the same keys wait for each other in one order. Planned once a session: a plan
-- for each size of group costs more than it saves.
create function ledger_write(keys text[], kinds text[], effective timestamptz[],
  places bigint[], phases text[], debits bigint[], credits bigint[], amounts bigint[],
  currencies text[], resolved bigint[]) returns bigint[] language plpgsql
  set plan_cache_mode = force_generic_plan
as $$
declare
  n int := cardinality(keys);
  m int := cardinality(amounts);
  batch bigint := nextval('ledger_batch_id_seq');
  recorded timestamptz := statement_timestamp();
  journals bigint[] := array(
    select nextval('ledger_journal_id_seq') from generate_series(1, n));
  transfers bigint[] := array(
    select nextval('ledger_transfer_id_seq') from generate_series(1, m));
  owners bigint[] := journals;
begin
  if cardinality(kinds) = 1 then kinds := array_fill(kinds[1], array[n]); end if;
  if cardinality(effective) = 1 then
    effective := array_fill(effective[1], array[n]); end if;
  if places is not null then
    owners := array(select journals[p] from unnest(places) with ordinality u(p, i)
      order by i); end if;
  if cardinality(phases) = 1 then phases := array_fill(phases[1], array[m]); end if;
  if cardinality(currencies) = 1 then
    currencies := array_fill(currencies[1], array[m]); end if;
  if cardinality(resolved) = 1 then resolved := array_fill(resolved[1], array[m]); end if;
  insert into ledger_batch (id, digest, journal_count, transfer_count) values (batch,
    sha256(ledger_column(journals) || ledger_column(keys) || ledger_column(kinds)
      || ledger_column(effective) || ledger_column(array_fill(recorded, array[n]))
      || ledger_column(transfers) || ledger_column(owners) || ledger_column(phases)
      || ledger_column(debits) || ledger_column(credits) || ledger_column(amounts)
      || ledger_column(currencies) || ledger_column(resolved)), n, m);
  insert into ledger_journal (id, batch_id, key, kind, effective_at, recorded_at)
    select u.id, batch, u.key, u.kind, u.effective, recorded
    from unnest(journals, keys, kinds, effective) u (id, key, kind, effective)
    order by u.key;
  insert into ledger_transfer (id, journal_id, phase, debit_account_id,
      credit_account_id, amount_minor, currency, resolves_id)
    select u.id, u.owner, u.phase, u.debit, u.credit, u.amount, u.currency,
      nullif(u.resolves, 0)
    from unnest(transfers, owners, phases, debits, credits, amounts, currencies, resolved)
      u (id, owner, phase, debit, credit, amount, currency, resolves);
  return transfers;
end $$;

-- The same, or null where anything refuses it: then the caller judges it in words.
create function ledger_try(keys text[], kinds text[], effective timestamptz[],
  places bigint[], phases text[], debits bigint[], credits bigint[], amounts bigint[],
  currencies text[], resolved bigint[]) returns bigint[] language plpgsql as $$
begin
  return ledger_write(keys, kinds, effective, places, phases, debits, credits, amounts,
    currencies, resolved);
exception when integrity_constraint_violation or data_exception or deadlock_detected then
  return null;
end $$;

-- One journal with one transfer between two accounts given by code, or null.
create function ledger_try_one(key text, kind text, effective timestamptz, phase text,
  debit text, credit text, amount bigint, currency text) returns bigint language plpgsql
as $$
declare
  batch bigint := nextval('ledger_batch_id_seq');
  journal bigint := nextval('ledger_journal_id_seq');
  transfer bigint := nextval('ledger_transfer_id_seq');
  recorded timestamptz := statement_timestamp();
  debit_id bigint := (select id from ledger_account where code = debit);
  credit_id bigint := (select id from ledger_account where code = credit);
begin
  insert into ledger_batch (id, digest, journal_count, transfer_count) values (batch,
    sha256(ledger_column(array[journal]) || ledger_column(array[key])
      || ledger_column(array[kind]) || ledger_column(array[effective])
      || ledger_column(array[recorded])
      || ledger_column(array[transfer]) || ledger_column(array[journal])
      || ledger_column(array[phase]) || ledger_column(array[debit_id])
      || ledger_column(array[credit_id]) || ledger_column(array[amount])
      || ledger_column(array[currency]) || ledger_column(array[0::bigint])), 1, 1);
  insert into ledger_journal (id, batch_id, key, kind, effective_at, recorded_at)
    values (journal, batch, key, kind, effective, recorded);
  insert into ledger_transfer (id, journal_id, phase, debit_account_id,
      credit_account_id, amount_minor, currency)
    values (transfer, journal, phase, debit_id, credit_id, amount, currency);
  return transfer;
exception when integrity_constraint_violation or data_exception or deadlock_detected then
  return null;
end $$;

-- Account ids of codes, in order; null where there is none.
create function ledger_account_ids(codes text[]) returns bigint[] language sql stable
  return array(select a.id from unnest(codes) with ordinality u (code, i)
    left join ledger_account a on a.code = u.code order by u.i);
"""
UNGUARD = """
drop trigger account_terms_fixed on ledger_account;
create trigger account_terms_fixed before update on ledger_account
  for each row when ((old.id, old.code, old.currency, old."limit")
    is distinct from (new.id, new.code, new.currency, new."limit"))
  execute function ledger_refuse_rewrite();
alter table ledger_account reset (fillfactor);
drop trigger transfer_moves_totals on ledger_transfer;
drop function ledger_apply_transfers;
drop aggregate ledger_sum(bigint);
alter table ledger_transfer
  add constraint transfer_debit_account_currency
    foreign key (debit_account_id, currency) references ledger_account (id, currency),
  add constraint transfer_credit_account_currency
    foreign key (credit_account_id, currency) references ledger_account (id, currency);
"""
UNDO = """
drop function ledger_account_ids;
drop function ledger_try_one;
drop function ledger_try;
drop function ledger_write;
drop function ledger_column;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_batch")]
    operations = [
        migrations.RunSQL(GUARDS, UNGUARD),
        migrations.RemoveConstraint("account", "account_id_currency"),
        # So that the way back has something to put there; the digests themselves are gone.
        migrations.AlterField(
            model_name="journal",
            name="digest",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.RemoveField("journal", "digest"),
        migrations.AlterField(
            model_name="transfer",
            name="journal",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers",
                to="ledger.journal",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="resolves",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resolutions",
                to="ledger.transfer",
            ),
        ),
        migrations.RunSQL(WRITER, UNDO),
    ]
