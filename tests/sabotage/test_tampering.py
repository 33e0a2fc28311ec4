"""Over a thousand changes behind the application's back, each found and named.

Whoever makes them is a superuser who switches every trigger off. What only a head held
outside can tell is shown to be invisible without one, and told with it.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from random import Random

import pytest
from django.db import IntegrityError, transaction
from joserfc.jwk import OKPKey

from longtail.ledger.log import heads, queries, services, verifying
from tests.sabotage import attacks
from tests.sabotage.history import AT, LEDGER, LOG, build, columns, run, tables

KEY = OKPKey.generate_key("Ed25519")
# A finding names its row; how many findings are looked through for that name.
ENOUGH = 200
WHOLE_TABLE = [attacks.delete, attacks.insert, attacks.truncate, attacks.swap]
TARGET = 1_020

pytestmark = pytest.mark.django_db


@pytest.fixture
def _history():
    with undone():
        build(KEY)
        run("set constraints all immediate")
        yield


@contextmanager
def undone():
    """Take everything back at the end, rows and table definitions alike."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def behind_the_back():
    with undone():
        run("set local session_replication_role = replica")
        yield


def findings(*outside):
    given = [heads.read(signed, keys=[KEY]) for signed in outside]
    tally = verifying.Tally()
    yield from verifying.findings(keys=[KEY], outside=given, tally=tally)


def is_named(names, *outside):
    return any(
        (found.table, found.row_id) in names or (found.table, None) in names
        for found in islice(findings(*outside), ENOUGH)
    )


def protected():
    return [table for table, _ in tables()] + LEDGER + LOG


def single_attacks():
    """Return every kind of attack, as (name, function, arguments)."""
    every = []
    for table in protected():
        for column, kind, *_ in columns(table):
            if (table, column) not in attacks.UNCOVERED:
                every.append((f"edit {table}.{column}", attacks.edit, (table, column)))
            if kind == "timestamp with time zone" and column != "last_login":
                case = (f"move {table}.{column}", attacks.move_time, (table, column))
                every.append(case)
        for attack in WHOLE_TABLE:
            # There is but one subtree to change places with.
            if (attack, table) != (attacks.swap, "ledger_log_subtree"):
                every.append((f"{attack.__name__} {table}", attack, (table,)))
    for table, _ in tables():
        every.append((f"re-note {table}", attacks.row_with_note, (table,)))
    every.append(("transfer with totals", attacks.transfer_with_totals, ()))
    every.append(("transfer with digest", attacks.transfer_with_digest, ()))
    return every


@pytest.mark.usefixtures("_history")
def test_a_thousand_attacks_are_found_and_named():
    assert list(findings()) == []
    every, random = single_attacks(), Random(20260105)
    # Each kind once, then at random.
    chosen = every + [random.choice(every) for _ in range(max(0, TARGET - len(every)))]
    missed, tried = [], Counter()
    for name, attack, arguments in chosen:
        with behind_the_back():
            names = attack(*arguments, random)
            tried[name.split()[0]] += 1
            if not is_named(names):
                missed.append((name, names, [str(x) for x in islice(findings(), 5)]))
    assert missed == []
    assert sum(tried.values()) == len(chosen) >= 1_000
    assert list(findings()) == []


def tamper(random):
    """Change a logged row and everything in the database that follows from it."""
    names = attacks.row_with_note("deals_agreement", random)
    attacks.rechain()
    return names


def resign():
    """Sign every head again, as only somebody with the site's key can."""
    query = "select size, previous, root, chain, horizon::text::bigint, sealed_at"
    for size, previous, root, chain, horizon, at in run(f"{query} from ledger_log_head"):
        head = heads.Head(size, previous, bytes(root), bytes(chain), horizon, at)
        signed = heads.sign(head, key=KEY)
        run("update ledger_log_head set signed = %s where size = %s", [signed, size])


@pytest.mark.usefixtures("_history")
def test_a_log_chained_anew_is_betrayed_by_the_signatures_of_its_heads():
    with behind_the_back():
        tamper(Random(1))
        assert {found.table for found in findings()} == {"ledger_log_head"}


@pytest.mark.usefixtures("_history")
def test_a_log_chained_and_signed_anew_is_betrayed_by_a_head_held_outside():
    held = queries.newest_head()
    assert list(findings(held)) == []
    with behind_the_back():
        tamper(Random(2))
        resign()
        # All that is in the database agrees: nobody could tell from it alone.
        assert list(findings()) == []
        (found,) = findings(held)
        assert "are not those of the head given" in found.problem


@pytest.mark.usefixtures("_history")
def test_a_tail_cut_off_is_betrayed_by_a_head_held_outside():
    held = queries.newest_head()
    with behind_the_back():
        assert attacks.cut_tail() > 0
        assert list(findings()) == []
        (found,) = findings(held)
        assert "leaves only; the head given has" in found.problem


@pytest.mark.usefixtures("_history")
def test_an_older_head_stays_a_beginning_of_a_log_that_grew():
    held = queries.newest_head()
    run(
        'insert into ledger_account (code, currency, "limit", debits_pending,'
        " debits_posted, credits_pending, credits_posted)"
        " values ('wallet:NEW:USD', 'USD', 'NONE', 0, 0, 0, 0)"
    )
    before = queries.size()
    assert services.seal(at=AT + timedelta(days=2), key=KEY).size == before + 1
    assert list(findings(held, queries.newest_head())) == []


@pytest.mark.usefixtures("_history")
def test_an_entry_slipped_in_among_old_transactions_is_named():
    with behind_the_back():
        run("update ledger_log_head set horizon = '9000000000'")
        row = run(
            "insert into ledger_log_entry (xid, topic_id, row_ids, row_digests, digest)"
            " select '5', topic_id, row_ids, row_digests, digest from ledger_log_entry"
            " order by id limit 1 returning id"
        )[0][0]
        problem = "it was slipped in behind the last head, or its leaf is gone."
        assert verifying.Finding("ledger_log_entry", str(row), problem) in list(findings())


@pytest.mark.usefixtures("_history")
def test_a_row_written_with_the_triggers_switched_off_is_named():
    with undone():
        run("alter table ledger_account disable trigger all")
        run(
            'insert into ledger_account (id, code, currency, "limit", debits_pending,'
            " debits_posted, credits_pending, credits_posted)"
            " values (77, 'wallet:M:USD', 'USD', 'NONE', 0, 0, 0, 0)"
        )
        (found,) = findings()
        assert (found.table, found.row_id) == ("ledger_account", "77")


@pytest.mark.usefixtures("_history")
@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize(
    "attack", ["update {0} set {1} = {1}", "delete from {0}", "truncate {0}"]
)
def test_the_log_is_only_ever_added_to(table, attack):
    before = run(f"select * from {table} order by 1")
    statement = attack.format(table, attacks.key_of(table))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(statement)
    assert run(f"select * from {table} order by 1") == before
