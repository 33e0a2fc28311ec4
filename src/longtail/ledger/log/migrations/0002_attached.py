"""Every table of record that there was when the log began.

A room attaches its later tables in its own migrations, with ``attaching.Attach``; these
are named here, by name alone, because they are older than the log.
"""

from django.db import migrations

from longtail.ledger.log.attaching import Attach

# Rows that never change.
FINAL = [
    "custodian_breakevent",
    "custodian_cashentry",
    "custodian_paymentreference",
    "custodian_reconciliation",
    "custodian_statement",
    "custodian_statementpage",
    "deals_agreement",
    "deals_demandversion",
    "deals_referraldecision",
    "deals_transition",
    "funding_holding",
    "ledger_books_claimspart",
    "ledger_books_claimsroot",
    "ledger_books_periodclose",
    "ledger_books_straggler",
    "parties_standingchange",
    "servicing_agreementevent",
    "servicing_bucketmove",
    "underwriting_assessment",
    "underwriting_model",
]
# Rows that change; each change is noted.
CHANGING = [
    "custodian_break",
    "custodian_breakcase",
    "custodian_custodiankey",
    "custodian_disposal",
    "custodian_instruction",
    "custodian_message",
    "deals_demand",
    "deals_offer",
    "evidence_attestation",
    "evidence_capability",
    "evidence_key",
    "evidence_order",
    "funding_book",
    "funding_commitment",
    "market_mandate",
    "market_push",
    "parties_membership",
    "parties_party",
    "servicing_endofdaystep",
    "servicing_guaranteecall",
    "servicing_processingdate",
    "servicing_refund",
]
TOTALS = ["debits_pending", "debits_posted", "credits_pending", "credits_posted"]


class Migration(migrations.Migration):
    dependencies = [
        ("ledger_log", "0001_initial"),
        ("ledger_books", "0002_closed_for_good"),
        ("custodian", "0004_bound"),
        ("parties", "0001_initial"),
        ("evidence", "0001_initial"),
        ("underwriting", "0001_initial"),
        ("deals", "0001_initial"),
        ("market", "0001_initial"),
        ("funding", "0001_initial"),
        ("servicing", "0003_day_end"),
    ]
    operations = [
        # What is noted of each table is itself of record.
        Attach("ledger_log_topic", is_final=True),
        # The totals are verified by replay.
        Attach("ledger_account", is_final=True, without=TOTALS),
        *(Attach(table, is_final=True) for table in FINAL),
        *(Attach(table, is_final=False) for table in CHANGING),
        Attach("parties_person", is_final=False, without=["last_login"]),
    ]
