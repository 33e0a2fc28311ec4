"""Business at a site, done by a process of its own: ``python -m tests.sites.business``.

Each line it reads is a call, as JSON; it answers with a line, what the call did and what
the ledger holds then.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path


def trade(rounds):
    """Draw down agreements and take their first instalment."""
    from tests.servicing import world

    codes = []
    for _ in range(int(rounds)):
        agreement = world.drawn(n_periods=3)
        first = _instalments(agreement)[0]
        world.pay(agreement, first.total_minor, first.due_date)
        codes.append(agreement.code)
    return {"agreements": codes}


def close(days):
    """Open the business date so many days after the last event of any agreement."""
    from longtail.servicing import models
    from tests.servicing import world

    eod = _end_of_day()
    last = max(models.AgreementEvent.objects.values_list("value_date", flat=True))
    to = last + timedelta(days=int(days))
    eod(to=to, at=world.at(to, 0))
    return {"business_date": str(to)}


def collect(code, number):
    """Take an instalment of an agreement, and end the day on which it was due."""
    from longtail.deals import queries as deals
    from longtail.servicing import models, queries
    from tests.servicing import world

    agreement = deals.agreement(code)
    due = _instalments(agreement)[int(number) - 1]
    before = models.Distribution.objects.count()
    world.pay(agreement, due.total_minor, due.due_date)
    to = due.due_date + timedelta(days=1)
    _end_of_day()(to=to, at=world.at(to, 0))
    paid = models.Distribution.objects.order_by("-id")[
        : models.Distribution.objects.count() - before
    ]
    return {
        "due_minor": due.total_minor,
        "distributed_minor": sum(row.paid_minor for row in paid),
        "business_date": str(queries.processing_date()),
    }


def prepare():
    """Prepare a drawdown that nobody releases."""
    from longtail.servicing import services
    from tests.servicing import world

    agreement = world.funded()
    made = services.prepare_drawdown(
        agreement_code=agreement.code, by="maker", at=world.at(agreement.drawdown_date)
    )
    return {"instruction": made.code}


def release(code):
    """Release a payment and exchange messages with the bank until it is settled."""
    from longtail.ledger.custodian import courier, queries, services
    from longtail.servicing import services as servicing
    from tests.servicing import world

    at = world.at(_today())
    services.release_payment(code=code, by="another.checker", at=at)
    courier.exchange(at=at)
    servicing.confirm_drawdowns(at=at)
    return {"state": queries.instruction(code).state}


def _today():
    from longtail.servicing import queries

    return queries.processing_date()


def claims():
    """Say what every client is owed, as the platform's own pages would."""
    from longtail.interfaces.cli.resolution import pack

    return {"claims": sorted([*map(str, claim)] for claim in pack.claims())}


def stage(where):
    """Make a site ready for load; see ``tests.torture.driver``."""
    from tests.torture import driver

    (Path(where) / "stage.json").write_text(json.dumps(driver.set_the_stage()))
    return {}


def misbehave(**faults):
    """Make the line to the bank as bad as said."""
    from longtail.ledger.custodian.sandbox import services as bank

    bank.set_faults(**faults)
    return {}


def audit(where):
    """Settle what is under way over a line that works, end the day, and look."""
    from longtail.interfaces import clock
    from longtail.ledger.custodian import courier
    from longtail.servicing import services
    from tests.torture import driver

    misbehave()
    for _ in range(3):
        courier.exchange(at=clock.now())
        services.confirm_drawdowns(at=clock.now())
        services.take_receipts(at=clock.now())
        # What got lost on the line is in the statement, and is booked from it.
        to = _today() + timedelta(days=1)
        _end_of_day()(to=to, at=clock.now())
    return driver.audit(where)


def look():
    """Do nothing."""
    return {}


def _end_of_day():
    from longtail.servicing import eod

    return eod.end_of_day


def _instalments(agreement):
    from longtail.terms.resolve import thaw

    return thaw(agreement.terms).instalments


def holdings():
    """Return what the ledger holds: journals, a digest of all of it, and its faults."""
    from django.db import connection

    from longtail.ledger import queries

    with connection.cursor() as cursor:
        cursor.execute(
            "select j.key, t.id, t.phase, t.debit_account_id, t.credit_account_id, "
            "t.amount_minor from ledger_journal j left join ledger_transfer t "
            "on t.journal_id = j.id order by j.key, t.id"
        )
        rows = cursor.fetchall()
    said = json.dumps([rows, sorted(queries.balances().items())])
    return {
        "journals": len({row[0] for row in rows}),
        "digest": hashlib.sha256(said.encode()).hexdigest(),
        "wrong": queries.is_sound(),
    }


def main():
    """Run the functions above as they are called, one a line."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "longtail.config.settings")
    django.setup()
    from django.db import connections

    from longtail.parties import models
    from tests.servicing import world

    for line in sys.stdin:
        command, *arguments = json.loads(line)
        named = (
            arguments.pop() if isinstance(arguments[-1:] and arguments[-1], dict) else {}
        )
        # The database may have been another one the last time.
        connections.close_all()
        world._numbers = count(1 + models.Party.objects.count())
        done = globals()[command](*arguments, **named)
        sys.stdout.write(json.dumps(done | holdings()) + "\n")
        sys.stdout.flush()
        connections.close_all()


if __name__ == "__main__":
    main()
