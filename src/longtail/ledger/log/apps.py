"""The log's own name among Django's apps."""

from django.apps import AppConfig


class LedgerLog(AppConfig):
    """The tamper log. It has no models: nothing but set-based SQL reads or writes it."""

    name = "longtail.ledger.log"
    label = "ledger_log"
