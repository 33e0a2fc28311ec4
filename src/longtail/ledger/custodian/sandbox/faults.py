"""How the sandbox bank's line and its books go wrong, the same way every time. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby

from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.values.money import Money

SIGN = re.compile(rb"(<CdtDbtInd>)(CRDT|DBIT)(?=<)")
AMOUNT = re.compile(rb'(<Amt Ccy="[A-Z]{3}">[0-9]*)([0-9])')
CURRENCY = re.compile(rb'(<Amt Ccy=")([A-Z]{3})')
ACCOUNT = re.compile(rb"TRUST-[A-Z]{3}")
REFERENCE = re.compile(rb"(<Ref>)([^<]+)")
TURNED = {b"CRDT": b"DBIT", b"DBIT": b"CRDT"}


def falls(digest: str, fault: str, permille: int, *, seed: int = 0) -> bool:
    """Say whether a fault befalls a message; the same message always fares the same.

    Args:
        digest: SHA-256 of the message, hexadecimal.
        fault: Which fault, so that faults fall independently.
        permille: How many in a thousand it befalls.
        seed: Another seed, another history.
    """
    return draw(digest, fault, seed=seed) % 1000 < permille


def draw(digest: str, what: str, *, seed: int) -> int:
    """Return a number that a message always draws, of 64 bits."""
    drawn = hashlib.sha256(f"{seed}:{what}:{digest}".encode()).hexdigest()
    return int(drawn[:16], 16)


def _cut(xml: bytes, drawn: int) -> bytes:
    return xml[: 1 + drawn % max(len(xml) - 1, 1)]


def _flip(xml: bytes, drawn: int) -> bytes:
    broken = bytearray(xml)
    broken[drawn % len(broken)] ^= 1 << (drawn >> 40) % 8
    return bytes(broken)


def _turn(xml: bytes, _: int) -> bytes:
    # Of the entries only, which follow the balances; a balance has a sign of its own.
    head, tag, rest = xml.partition(b"<Ntry>")
    return head + tag + SIGN.sub(lambda m: m[1] + TURNED[m[2]], rest)


def _amount(xml: bytes, drawn: int) -> bytes:
    digit = b"%d" % (drawn % 9)
    head, tag, rest = xml.partition(b"<Ntry>")
    return head + tag + AMOUNT.sub(lambda m: m[1] + digit + m[2], rest, count=1)


def _currency(xml: bytes, _: int) -> bytes:
    return CURRENCY.sub(lambda m: m[1] + (b"EUR" if m[2] == b"USD" else b"USD"), xml)


def _account(xml: bytes, _: int) -> bytes:
    return ACCOUNT.sub(b"TRUST-XTS", xml)


def _reference(xml: bytes, drawn: int) -> bytes:
    return REFERENCE.sub(lambda m: b"%sRF%016d" % (m[1], drawn % 10**16), xml, count=1)


VARIANTS: dict[str, Callable[[bytes, int], bytes]] = {
    "truncate": _cut,
    "flip": _flip,
    "sign": _turn,
    "amount": _amount,
    "currency": _currency,
    "account": _account,
    "reference": _reference,
}


def garbled(xml: bytes, *, variant: str = "", seed: int = 0) -> bytes:
    """Return a message changed in one way; never the message itself.

    Args:
        xml: The message.
        variant: One of ``VARIANTS``; empty: one is drawn. Where it finds nothing to
            change, a bit is flipped instead.
        seed: Another seed, another choice.

    Raises:
        ValueError: If there is no such variant.
    """
    if variant and variant not in VARIANTS:
        raise ValueError(f"{variant!r} is none of {', '.join(VARIANTS)}")
    digest = hashlib.sha256(xml).hexdigest()
    drawn = draw(digest, "variant", seed=seed)
    chosen = variant or sorted(VARIANTS)[drawn % len(VARIANTS)]
    broken = VARIANTS[chosen](xml, draw(digest, "place", seed=seed))
    return broken if broken != xml else _flip(xml, drawn)


def regrouped(
    lines: Iterable[CashLine], *, split: int, merge: int, seed: int = 0
) -> list[CashLine]:
    """Return entries booked in other parts than they were told; the sum is the same.

    Args:
        lines: Entries in order.
        split: How many in a thousand are booked as two.
        merge: How many neighbours in a thousand, of one direction and name, become one.
        seed: Another seed, another choice.
    """
    parts: list[CashLine] = []
    for line in lines:
        parts += _halves(line) if _hit(line, "split", split, seed) else [line]
    if not merge:
        return parts
    merged: list[CashLine] = []
    for _, group in groupby(parts, key=_name):
        for line in group:
            last = merged[-1] if merged and _name(merged[-1]) == _name(line) else None
            if last and _name(line)[0] and _hit(line, "merge", merge, seed):
                total = Money(last.amount.minor + line.amount.minor, last.amount.currency)
                merged[-1] = replace(
                    last, entry_reference=f"{last.entry_reference}M", amount=total
                )
            else:
                merged.append(line)
    return merged


def _name(line: CashLine) -> tuple[str, Direction, str]:
    name = line.end_to_end_id or line.reference
    return name, line.direction, line.amount.currency


def _hit(line: CashLine, fault: str, permille: int, seed: int) -> bool:
    return falls(line.entry_reference, fault, permille, seed=seed)


def _halves(line: CashLine) -> list[CashLine]:
    first = line.amount.minor // 2
    if not first:
        return [line]
    currency, reference = line.amount.currency, line.entry_reference
    return [
        replace(line, entry_reference=f"{reference}A", amount=Money(first, currency)),
        replace(
            line,
            entry_reference=f"{reference}B",
            amount=Money(line.amount.minor - first, currency),
        ),
    ]
