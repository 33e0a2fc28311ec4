"""What somebody with every right on the database, but not the site's key, might try.

Each attack changes the database past every trigger and returns which rows the
verification may name for it; a name without an id stands for any row of the table.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, transaction

from longtail.ledger.log import digests
from longtail.ledger.log.chain import Growth, Noted, entry_digest, leaf_hash
from tests.sabotage.history import LEDGER, LOG, columns, made_up, run

# Not noted, since each log-in writes it.
UNCOVERED = {("parties_person", "last_login")}
KEYS = {"ledger_log_leaf": "seq", "ledger_log_head": "size", "ledger_log_subtree": "index"}


def key_of(table):
    return KEYS.get(table, "id")


def pick(table, random):
    """Return the key of some row of a table."""
    key = key_of(table)
    return random.choice(run(f"select {key} from {table} order by {key}"))[0]


def names_of(table, row):
    """Return what may be named when a row was touched."""
    if table in LOG:
        return {(name, None) for name in (*LOG, *_noted_tables())}
    names = {(table, str(row))}
    if table == "ledger_journal":
        names |= _batches("j.id = %s", row)
    elif table == "ledger_transfer":
        names |= _batches("t.id = %s", row)
    elif table == "ledger_batch":
        seq = run(
            "select seq from ledger_log_leaf l join ledger_log_topic t on t.id = l.topic_id"
            " where t.table_name = 'ledger_batch' and l.entry_id = %s",
            [row],
        )
        names |= {("ledger_log_leaf", str(number)) for (number,) in seq}
    return names


def edit(table, column, random):
    """Change one value of one row."""
    row = pick(table, random)
    names = names_of(table, row)
    change(table, column, row, random)
    return names


def change(table, column, row, random):
    """Give a column of a row some other value that no unique index refuses."""
    kind, width = next((k, w) for name, k, _, w in columns(table) if name == column)
    where = f"where {key_of(table)} = %s"
    before = run(f'select "{column}" from {table} {where}', [row])[0][0]
    value = "%s::text::xid8" if kind == "xid8" else "%s"
    for _ in range(50):
        after = _altered(before, kind, width, random)
        if after == before:
            continue
        try:
            with transaction.atomic():
                run(f'update {table} set "{column}" = {value} {where}', [after, row])
        except DatabaseError:
            continue
        return
    raise AssertionError(f"no other value fits {table}.{column} = {before!r}")


def delete(table, random):
    row = pick(table, random)
    names = names_of(table, row)
    run(f"delete from {table} where {key_of(table)} = %s", [row])
    return names


def insert(table, random):
    """Add a row of the rooms' with made-up values, or a copy of one of the books'."""
    new = 1_000_000 + random.randrange(1_000_000)
    if table in (*LEDGER, *LOG):
        return _copy(table, new, random)
    values = [made_up(kind, width, new) for _, kind, _, width in columns(table)]
    row = ", ".join(["%s"] * len(values))
    run(f"insert into {table} overriding system value values ({row})", values)
    return {(table, str(values[0]))}


def _copy(table, new, random):
    """Copy a row under a new key, and with another of whatever must be unique."""
    key, row = key_of(table), pick(table, random)
    names = names_of(table, row) | {(table, str(new))}
    other = {
        key: str(new),
        "resolves_id": "null",
        "entry_id": str(new),
        "version": str(new),
    }
    for text in ("key", "code"):
        other[text] = f"'{new}'"
    found = [name for name, *_ in columns(table)]
    listed = ", ".join(f'"{name}"' for name in found)
    selected = ", ".join(other.get(name, f'"{name}"') for name in found)
    run(
        f"insert into {table} ({listed}) overriding system value "
        f"select {selected} from {table} where {key} = %s",
        [row],
    )
    return names


def truncate(table, random):  # noqa: ARG001
    rows = run(f"select {key_of(table)} from {table}")
    names = set().union(*(names_of(table, row) for (row,) in rows))
    run(f"truncate {table} cascade")
    return names


def swap(table, random):
    """Let two rows change places: each gets the other's contents."""
    key = key_of(table)
    rows = [row for (row,) in run(f"select {key} from {table} order by {key}")]
    one, other = random.sample(rows, 2)
    names = names_of(table, one) | names_of(table, other)
    for old, new in ((one, -1), (other, one), (-1, other)):
        run(f"update {table} set {key} = %s where {key} = %s", [new, old])
    return names


def move_time(table, column, random):
    """Move one time by a microsecond."""
    row = pick(table, random)
    names = names_of(table, row)
    where = f"where {key_of(table)} = %s"
    run(
        f'update {table} set "{column}" = coalesce("{column}", now()) + '
        f"interval '1 microsecond' {where}",
        [row],
    )
    return names


def transfer_with_totals(random):
    """Make a payment larger, and both accounts' totals with it."""
    row, debit, credit = random.choice(
        run(
            "select id, debit_account_id, credit_account_id from ledger_transfer "
            "where phase = 'SINGLE' order by id"
        )
    )
    more = random.randrange(1, 50)
    run(
        "update ledger_transfer set amount_minor = amount_minor + %s where id = %s",
        [more, row],
    )
    for side, account in (("debits", debit), ("credits", credit)):
        run(
            f"update ledger_account set {side}_posted = {side}_posted + %s where id = %s",
            [more, account],
        )
    return names_of("ledger_transfer", row)


def transfer_with_digest(random):
    """The same, and the digest of its batch made anew."""
    names = transfer_with_totals(random)
    for table, batch in names:
        if table == "ledger_batch":
            run(
                "update ledger_batch set digest = ledger_batch_digest(id) where id = %s",
                [batch],
            )
            return names_of(table, batch)
    raise AssertionError(names)


def row_with_note(table, random):
    """Change a row and make what was noted of it anew, but not the leaf."""
    row = pick(table, random)
    name = columns(table)[1][0] if columns(table)[0][0] == "id" else columns(table)[0][0]
    change(table, name, row, random)
    entry = renote(table, row)
    seq = run(
        "select seq from ledger_log_leaf l join ledger_log_entry e on e.id = l.entry_id "
        "and e.topic_id = l.topic_id where e.id = %s",
        [entry],
    )
    return {("ledger_log_leaf", str(number)) for (number,) in seq}


def renote(table, row):
    """Make the newest note of a row fit the row again, and return its entry."""
    topic, names = run(
        "select id, columns from ledger_log_topic where table_name = %s "
        "order by version desc limit 1",
        [table],
    )[0]
    query = digests.row_digests(table, names, source=table)
    now = {i: bytes(digest) for i, digest in run(query)}
    entry, ids, noted = run(
        "select id, row_ids, row_digests from ledger_log_entry where topic_id = %s "
        "and %s = any(row_ids) order by id desc limit 1",
        [topic, row],
    )[0]
    noted = [now[i] if i == row else bytes(old) for i, old in zip(ids, noted, strict=True)]
    run(
        "update ledger_log_entry set row_digests = %s, digest = %s where id = %s",
        [noted, entry_digest(ids, noted), entry],
    )
    return entry


def rechain():
    """Make every leaf, link, subtree and head anew from the entries as they are now."""
    leaves = run(
        "select l.seq, l.topic_id, l.entry_id, coalesce(e.xid, b.xid)::text::bigint,"
        " coalesce(e.digest, b.digest) from ledger_log_leaf l"
        " left join ledger_log_entry e on e.id = l.entry_id and e.topic_id = l.topic_id"
        " left join ledger_batch b on b.id = l.entry_id and l.topic_id ="
        " (select id from ledger_log_topic where table_name = 'ledger_batch')"
        " order by l.seq"
    )
    growth, heads = Growth(), {size for (size,) in run("select size from ledger_log_head")}
    run("delete from ledger_log_subtree")
    for seq, (_, topic, entry, xid, digest) in enumerate(leaves):
        leaf = leaf_hash(seq, Noted(topic, entry, xid, bytes(digest)))
        for node in growth.add(leaf):
            run("insert into ledger_log_subtree values (%s, %s, %s)", node)
        run(
            "update ledger_log_leaf set hash = %s, chain = %s where seq = %s",
            [leaf, growth.chain, seq],
        )
        if seq + 1 in heads:
            run(
                "update ledger_log_head set root = %s, chain = %s, frontier = %s"
                " where size = %s",
                [growth.frontier.root(), growth.chain, growth.packed_frontier, seq + 1],
            )


def cut_tail():
    """Remove all that came after the last head but one: rows, notes, leaves and head."""
    (size,) = run("select size from ledger_log_head order by size desc offset 1 limit 1")[0]
    tail = run(
        "select t.table_name, l.entry_id from ledger_log_leaf l join ledger_log_topic t "
        "on t.id = l.topic_id where l.seq >= %s order by l.seq desc",
        [size],
    )
    for table, entry in tail:
        assert table not in ("ledger_batch", "ledger_log_topic"), "choose another tail"
        (ids,) = run("select row_ids from ledger_log_entry where id = %s", [entry])[0]
        run(f"delete from {table} where id = any(%s)", [ids])
        run("delete from ledger_log_entry where id = %s", [entry])
    run("delete from ledger_log_leaf where seq >= %s", [size])
    run("delete from ledger_log_head where size > %s", [size])
    run("delete from ledger_log_subtree where (index + 1) << (level::int) > %s", [size])
    return len(tail)


def _noted_tables():
    return [name for (name,) in run("select distinct table_name from ledger_log_topic")]


def _batches(where, row):
    found = run(
        "select distinct j.batch_id from ledger_journal j "
        f"left join ledger_transfer t on t.journal_id = j.id where {where}",
        [row],
    )
    return {("ledger_batch", str(batch)) for (batch,) in found}


def _altered(value, kind, width, random):
    """Return some other value of the same type."""
    n = random.randrange(10_000, 1_000_000)
    if kind == "boolean":
        return not value
    if kind.endswith("[]"):
        return _altered_list(value, kind.removesuffix("[]"), width, random)
    if kind == "bytea":
        return _flipped(bytes(value or b"\0"), random)
    if isinstance(value, int) and kind != "boolean":
        return value + random.choice([-1, 1, random.randrange(2, 30_000)])
    if kind == "xid8":
        return str(int(str(value)) + 1)
    if kind == "timestamp with time zone" and value is not None:
        return value + timedelta(microseconds=random.choice([-1, 1, 60_000_000]))
    if kind in ("text", "character varying") and value and random.random() < 0.5:
        place = random.randrange(len(value))
        return value[:place] + random.choice("abcXYZ019 ") + value[place + 1 :]
    return made_up(kind, width, n)


def _altered_list(value, kind, width, random):
    changed = list(value)
    place = random.randrange(len(changed))
    changed[place] = _altered(changed[place], kind, width, random)
    return changed


def _flipped(value, random):
    place = random.randrange(len(value))
    return (
        value[:place]
        + bytes([value[place] ^ 1 << random.randrange(8)])
        + value[place + 1 :]
    )
