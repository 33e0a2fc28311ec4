"""What nobody may change afterwards, whoever writes."""

from django.db import migrations

APPEND_ONLY = [
    "custodian_cashentry",
    "custodian_statement",
    "custodian_reconciliation",
    "custodian_break",
]
NEVER_REMOVED = ["custodian_instruction", "custodian_message", "custodian_paymentreference"]
FORWARD = "".join(
    f"""
create trigger {table}_append_only before update or delete or truncate
  on {table} for each statement execute function ledger_refuse_rewrite();
"""
    for table in APPEND_ONLY
) + "".join(
    f"""
create trigger {table}_never_removed before delete or truncate
  on {table} for each statement execute function ledger_refuse_rewrite();
"""
    for table in NEVER_REMOVED
)
FORWARD += """
-- A payment goes where it was bound to go when its money was held, or nowhere.
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
    or old.state in ('settled', 'rejected', 'cancelled') and old.state <> new.state)
  execute function ledger_refuse_rewrite();
create trigger message_fixed before update on custodian_message
  for each row when (
    (old.id, old.way, old.kind, old.message_id, old.digest, old.body, old.at)
    is distinct from
    (new.id, new.way, new.kind, new.message_id, new.digest, new.body, new.at))
  execute function ledger_refuse_rewrite();
create trigger reference_fixed before update on custodian_paymentreference
  for each statement execute function ledger_refuse_rewrite();
"""
BACKWARD = """
drop trigger reference_fixed on custodian_paymentreference;
drop trigger message_fixed on custodian_message;
drop trigger instruction_bound on custodian_instruction;
""" + "".join(
    f"drop trigger {table}_{suffix} on {table};\n"
    for tables, suffix in ((APPEND_ONLY, "append_only"), (NEVER_REMOVED, "never_removed"))
    for table in tables
)


class Migration(migrations.Migration):
    dependencies = [("custodian", "0001_initial"), ("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
