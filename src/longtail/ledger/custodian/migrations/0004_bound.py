"""What nobody may change of signatures, returns, statement pages and the desks' records."""

from django.db import migrations

APPEND_ONLY = ["custodian_statementpage", "custodian_breakevent"]
NEVER_REMOVED = ["custodian_breakcase", "custodian_disposal", "custodian_custodiankey"]

# A payment that was settled may still come back; nothing else follows an end.
INSTRUCTION = """
drop trigger instruction_bound on custodian_instruction;
create trigger instruction_bound before update on custodian_instruction
  for each row when (
    (old.id, old.code, old.key, old.account_id, old.currency, old.amount_minor,
      old.payee_name, old.payee_account, old.payee_bic, old.reference, old.purpose,
      old.hold_id, old.prepared_by, old.prepared_at)
    is distinct from
    (new.id, new.code, new.key, new.account_id, new.currency, new.amount_minor,
      new.payee_name, new.payee_account, new.payee_bic, new.reference, new.purpose,
      new.hold_id, new.prepared_by, new.prepared_at)
    or (old.released_by <> '' and old.released_by <> new.released_by)
    or old.state in ('rejected', 'cancelled', 'returned') and old.state <> new.state
    or old.state = 'settled' and new.state not in ('settled', 'returned'))
  execute function ledger_refuse_rewrite();
"""
INSTRUCTION_BEFORE = INSTRUCTION.replace("'returned'", "'settled'")
MESSAGE = """
drop trigger message_fixed on custodian_message;
create trigger message_fixed before update on custodian_message
  for each row when (
    (old.id, old.way, old.kind, old.message_id, old.digest, old.body, old.signature,
      old.at)
    is distinct from
    (new.id, new.way, new.kind, new.message_id, new.digest, new.body, new.signature,
      new.at))
  execute function ledger_refuse_rewrite();
"""
MESSAGE_BEFORE = MESSAGE.replace(" old.signature,", "").replace(" new.signature,", "")
FORWARD = (
    "".join(
        f"""
create trigger {table}_append_only before update or delete or truncate
  on {table} for each statement execute function ledger_refuse_rewrite();
"""
        for table in APPEND_ONLY
    )
    + "".join(
        f"""
create trigger {table}_never_removed before delete or truncate
  on {table} for each statement execute function ledger_refuse_rewrite();
"""
        for table in NEVER_REMOVED
    )
    + """
create trigger break_case_bound before update on custodian_breakcase
  for each row when (
    (old.id, old.code, old.currency, old.key, old.kind, old.first_seen_date)
    is distinct from
    (new.id, new.code, new.currency, new.key, new.kind, new.first_seen_date))
  execute function ledger_refuse_rewrite();
create trigger disposal_bound before update on custodian_disposal
  for each row when (
    (old.id, old.entry_id, old.account_code, old.reason, old.proposed_by, old.proposed_at)
    is distinct from
    (new.id, new.entry_id, new.account_code, new.reason, new.proposed_by, new.proposed_at)
    or old.state <> 'proposed')
  execute function ledger_refuse_rewrite();
create trigger custodian_key_bound before update on custodian_custodiankey
  for each row when (
    (old.id, old.kid, old.jwk, old.proposed_by, old.proposed_at)
    is distinct from (new.id, new.kid, new.jwk, new.proposed_by, new.proposed_at)
    or old.confirmed_by <> '' and old.confirmed_by <> new.confirmed_by
    or old.retired_at is not null and old.retired_at is distinct from new.retired_at)
  execute function ledger_refuse_rewrite();
"""
)
BACKWARD = """
drop trigger custodian_key_bound on custodian_custodiankey;
drop trigger disposal_bound on custodian_disposal;
drop trigger break_case_bound on custodian_breakcase;
""" + "".join(
    f"drop trigger {table}_{suffix} on {table};\n"
    for tables, suffix in ((APPEND_ONLY, "append_only"), (NEVER_REMOVED, "never_removed"))
    for table in tables
)
# Statements from before they had pages have one.
PAGES = """
insert into custodian_statementpage (message_id, currency, number, page, is_last,
  from_date, to_date, opening_minor, closing_minor)
select message_id, currency, number, 1, true, from_date, to_date, opening_minor,
  closing_minor from custodian_statement on conflict do nothing;
"""


class Migration(migrations.Migration):
    dependencies = [("custodian", "0003_desks")]
    operations = [
        migrations.RunSQL(INSTRUCTION, INSTRUCTION_BEFORE),
        migrations.RunSQL(MESSAGE, MESSAGE_BEFORE),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(PAGES, migrations.RunSQL.noop),
    ]
