"""Load on a site: ``python -m tests.torture.driver FOLDER SEED``, until FOLDER/stop is.

Every operation has a key of its own and is tried again until it is acknowledged; what was
acknowledged goes to FOLDER/acknowledged.jsonl, flushed to the disk, before the next one
begins. Nothing else than that file says what must be at the site afterwards.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

BOOK_MINOR, AGREEMENTS, FUNDERS = 10**9, 6, 3
PAUSE_SECONDS = 0.2


class Driver:
    """Clients of a site who never give up."""

    def __init__(self, folder, seed):
        self.folder, self.dice = folder, random.Random(seed)
        self.journal = (folder / "acknowledged.jsonl").open("a")
        self.number = count(1 + 1_000_000 * seed)
        self.stage = json.loads((folder / "stage.json").read_text())

    def run(self):
        """Operate until told to stop."""
        acts = [self.repay, self.repay, self.repay, self.commit, self.commit, self.draw]
        while not (self.folder / "stop").exists():
            act, key = self.dice.choice(acts), f"t{next(self.number)}"
            said = self.insist(act, key)
            if said is None:
                break
            if said:
                self.acknowledge({"kind": act.__name__, "key": key, **said})

    def insist(self, act, key):
        """Do something until it is acknowledged; only an outage is a reason to repeat."""
        from django.db import DatabaseError, connections
        from procrastinate.exceptions import ConnectorException

        from longtail.values.refusal import Refusal

        plan = act(key)
        while not (self.folder / "stop").exists():
            try:
                return plan()
            except Refusal:
                # Such as a book that is full: an answer, and nothing has moved.
                return {}
            except (DatabaseError, ConnectorException) as error:
                connections.close_all()
                with (self.folder / "outages").open("a") as file:
                    file.write(f"{type(error).__name__}: {str(error).splitlines()[0]}\n")
                time.sleep(PAUSE_SECONDS)
        return None

    def acknowledge(self, said):
        self.journal.write(json.dumps(said) + "\n")
        self.journal.flush()
        os.fsync(self.journal.fileno())

    def repay(self, key):
        """An enterprise pays something on its agreement, and the worker is woken."""
        from procrastinate.exceptions import AlreadyEnqueued

        from longtail.interfaces.jobs import tasks
        from longtail.ledger.custodian import services as desk
        from longtail.ledger.custodian.sandbox import services as bank
        from tests.servicing import world

        agreement = self.dice.choice(self.stage["agreements"])
        minor = self.dice.randint(1, 40)
        day = world.START + timedelta(days=self.dice.randint(1, 28))

        def plan():
            bank.pay_in(
                reference=desk.assign_reference(account_code=f"collection:{agreement}:USD"),
                amount=world.usd(minor),
                remitter="Enterprise",
                value_date=day,
                at=world.at(day),
                key=key,
            )
            with suppress(AlreadyEnqueued):
                tasks.exchange.defer()
            return {"agreement": agreement, "minor": minor}

        return plan

    def commit(self, key):
        """A funder commits to the open book."""
        from longtail.funding import services as funding
        from tests.funding import world

        funder = self.dice.choice(self.stage["funders"])
        minor = self.dice.randint(1, 50)

        def plan():
            funding.commit(
                demand_code=self.stage["demand"],
                funder_code=funder,
                amount=world.usd(minor),
                key=key,
                by=f"{funder}-person",
                at=world.AT + world.HOUR,
                accepts_part=False,
            )
            return {"funder": funder, "minor": minor}

        return plan

    def draw(self, _key):
        """Somebody prepares a drawdown and somebody else releases it, while any is left."""
        from procrastinate.exceptions import AlreadyEnqueued

        from longtail.interfaces.jobs import tasks
        from longtail.ledger.custodian import queries
        from longtail.ledger.custodian import services as desk
        from longtail.servicing import services
        from tests.servicing import world

        if not self.stage["undrawn"]:
            return dict
        agreement = self.stage["undrawn"].pop()

        def plan():
            made = services.prepare_drawdown(
                agreement_code=agreement, by="maker", at=world.at(world.START)
            )
            if queries.instruction(made.code).state == "prepared":
                desk.release_payment(code=made.code, by="checker", at=world.at(world.START))
            with suppress(AlreadyEnqueued):
                tasks.exchange.defer()
            return {"agreement": agreement, "instruction": made.code}

        return plan


def set_the_stage():
    """Open a book, draw down agreements, and leave some to be drawn down."""
    from longtail.ledger import chart
    from longtail.servicing import models
    from longtail.underwriting import services as underwriting
    from tests.funding import world as market
    from tests.servicing import world

    underwriting.assess = market.approve
    market.provider()
    funders = [market.funder() for _ in range(FUNDERS)]
    for funder in funders:
        world.pay_in(
            chart.wallet(funder.code, "USD").code, BOOK_MINOR // FUNDERS, day=world.START
        )
    market._numbers = count(1_000)
    world._numbers = count(5_000)
    day = market.AT.date()
    # The platform's own day, so that no clock closes the book.
    models.ProcessingDate.objects.create(id=1, date=day, moved_at=market.AT)
    demand = market.listed(market.TARGET)
    drawn = [world.drawn(n_periods=36, parts=(600_000, 400_000)) for _ in range(AGREEMENTS)]
    undrawn = [world.funded(parts=(50_000, 50_000)) for _ in range(AGREEMENTS)]
    return {
        "demand": demand,
        "funders": [funder.code for funder in funders],
        "agreements": [agreement.code for agreement in drawn],
        "undrawn": [agreement.code for agreement in undrawn],
    }


def audit(folder):
    """Return what is lost, doubled or half done of all that was acknowledged."""
    from django.db import connection

    lines = (Path(folder) / "acknowledged.jsonl").read_text().splitlines()
    said = [json.loads(line) for line in lines]
    found = {"operations": len(said), "lost": [], "doubled": [], "half": []}
    for kind, query in COUNTS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            counts = {key: (times, int(minor)) for key, times, minor in cursor.fetchall()}
        for one in (one for one in said if one["kind"] == kind):
            times, minor = counts.get(one.get("instruction", one["key"]), (0, 0))
            if times == 0:
                found["lost"].append(one)
            elif times > 1:
                found["doubled"].append(one)
            elif minor != one.get("minor", minor):
                found["half"].append(one)
        found["doubled"] += [key for key, (times, _) in counts.items() if times > 1]
    with connection.cursor() as cursor:
        cursor.execute(HALF)
        found["half"] += [list(map(str, row)) for row in cursor.fetchall()]
    return found


COUNTS = {
    # At the bank, in our books, and in the agreement's history: the same payment once.
    "repay": """
        select b.end_to_end_id, greatest(count(distinct b.id), count(distinct c.id),
            count(e.id)) * (count(c.id) > 0 and count(e.id) > 0)::int, max(e.amount_minor)
        from custodian_sandbox.entry b
        left join custodian_cashentry c on c.entry_reference = b.entry_reference
        left join servicing_agreementevent e on e.key = 'receipt:' || c.id
        where b.direction = 'CRDT' and b.end_to_end_id <> '' group by 1""",
    "commit": """
        select c.key, count(t.id), max(t.amount_minor)
        from funding_commitment c join ledger_transfer t on t.id = c.hold_id group by 1""",
    "draw": """
        select i.code, greatest(count(distinct b.id), count(distinct e.id))
          * (count(b.id) > 0 and count(e.id) > 0)::int, max(i.amount_minor)
        from custodian_instruction i
        left join custodian_sandbox.entry b on b.end_to_end_id = i.code
        left join servicing_snapshot s on s.instruction_code = i.code
        left join servicing_agreementevent e
          on e.agreement_id = s.agreement_id and e.kind = 'drawdown'
        group by 1""",
}
# What came in for an agreement is with its holders, or still on its collection account.
HALF = """
select g.code, came.minor, given.minor, account.credits_posted - account.debits_posted
from deals_agreement g
join ledger_account account on account.code = 'collection:' || g.code || ':USD'
cross join lateral (select coalesce(sum(amount_minor), 0) as minor
  from servicing_agreementevent e where e.agreement_id = g.id and e.kind = 'payment') came
cross join lateral (select coalesce(sum(paid_minor), 0) as minor
  from servicing_distribution d where d.agreement_id = g.id) given
where came.minor <> given.minor + account.credits_posted - account.debits_posted
"""


def main(folder, seed):
    """Run the load."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "longtail.config.settings")
    django.setup()
    Driver(Path(folder), int(seed)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
