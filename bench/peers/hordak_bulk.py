"""The peer of ``ledger_batch``: ``django-hordak``, in the way of its own benchmark command.

Runs as a process of its own, for it needs its own Django settings and database. Reads a
batch size a line, posts one batch of that size between random accounts, and answers with
the seconds it took, commit included.
"""

import random
import sys
import time
import warnings

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

ACCOUNTS = 100_000


def set_up(address: str) -> None:
    """Migrate an empty database for hordak."""
    parts = conninfo_to_dict(address)
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "mptt",
            "djmoney",
            "hordak",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts["dbname"],
                "USER": parts.get("user", ""),
                "HOST": parts.get("host", ""),
            }
        },
        DEFAULT_CURRENCY="USD",
        CURRENCIES=["USD"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def open_accounts() -> list:
    """Open the accounts, each a root of its own, and return them."""
    from hordak.models import Account

    rows = [
        Account(name=f"{n}", type="LI", lft=1, rght=2, tree_id=n, level=0)
        for n in range(1, ACCOUNTS + 1)
    ]
    return Account.objects.bulk_create(rows, batch_size=5_000)


def post(pairs: list) -> None:
    """Post one batch: a transaction of two legs for each pair of accounts."""
    from django.db import transaction
    from hordak.models import Leg, Transaction
    from moneyed import Money

    amount = Money("1.00", "USD")
    transactions, legs = [], []
    for debit, credit in pairs:
        made = Transaction()
        transactions.append(made)
        legs.append(Leg(transaction=made, account=debit, debit=amount))
        legs.append(Leg(transaction=made, account=credit, credit=amount))
    with transaction.atomic():
        Transaction.objects.bulk_create(transactions)
        Leg.objects.bulk_create(legs)


def main() -> None:
    """Serve batches until the input ends."""
    warnings.simplefilter("ignore")
    set_up(sys.argv[1])
    accounts = open_accounts()
    draw = random.Random(7)
    print("ready", flush=True)
    for line in sys.stdin:
        pairs = [draw.sample(accounts, 2) for _ in range(int(line))]
        start = time.perf_counter()
        post(pairs)
        print(time.perf_counter() - start, flush=True)


main()
