"""Batches: what was posted together, with a digest over its rows.

The digest is that of ``ledger/sealing.py``, computed by ``ledger_batch_digest`` for what
was posted before.
"""

import django.db.models.deletion
from django.db import migrations, models

import longtail.ledger.models

DIGEST = """
create function ledger_batch_digest(batch bigint) returns bytea language sql stable as $$
  with j as (select * from ledger_journal where batch_id = batch),
  t as (select * from ledger_transfer where journal_id in (select id from j))
  select sha256(
    (select sha256(array_send(coalesce(array_agg(id order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(key::text order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(kind::text order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(effective_at order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(recorded_at order by id), '{}')))
      from j)
    || (select sha256(array_send(coalesce(array_agg(id order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(journal_id order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(phase::text order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(debit_account_id order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(credit_account_id order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(amount_minor order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(currency::text order by id), '{}')))
      || sha256(array_send(coalesce(array_agg(coalesce(resolves_id, 0) order by id), '{}')))
      from t))
$$;
create trigger batch_append_only before update or delete or truncate
  on ledger_batch for each statement execute function ledger_refuse_rewrite();
"""
UNDO = """
drop trigger batch_append_only on ledger_batch;
drop function ledger_batch_digest;
"""
# What was posted before there were batches becomes one.
BACKFILL = """
alter table ledger_journal disable trigger journal_append_only;
insert into ledger_batch (digest, journal_count, transfer_count)
  select '', count(*), (select count(*) from ledger_transfer)
  from ledger_journal having count(*) > 0;
update ledger_journal set batch_id = (select max(id) from ledger_batch);
alter table ledger_journal enable trigger journal_append_only;
alter table ledger_batch disable trigger batch_append_only;
update ledger_batch set digest = ledger_batch_digest(id);
alter table ledger_batch enable trigger batch_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("digest", models.BinaryField()),
                ("journal_count", models.IntegerField()),
                ("transfer_count", models.IntegerField()),
                (
                    "xid",
                    longtail.ledger.models.TransactionIdField(
                        db_default=longtail.ledger.models.CurrentTransaction()
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="journal",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="journals",
                to="ledger.batch",
            ),
        ),
        migrations.RunSQL(DIGEST, UNDO),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="journal",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="journals",
                to="ledger.batch",
            ),
        ),
    ]
