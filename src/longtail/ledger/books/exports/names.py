"""Account codes as plain-text accounting names them, and back. Pure.

``wallet:FND-7K3F:USD`` is ``Liabilities:Wallet:FND-7K3F:USD``: what the platform owes;
``custodian:USD`` is ``Assets:Custodian:USD``: what the custodian holds. A part that could
not be a name, or would be taken for an escaped one, is written ``U-`` and its UTF-8 in
hexadecimal.
"""

from __future__ import annotations

import re

from longtail.ledger.chart import KINDS, is_client_claim

ESCAPE = "U-"
PART = re.compile(r"[A-Z0-9][A-Za-z0-9-]*")


def account_name(code: str) -> str:
    """Return the plain-text accounting name of an account."""
    kind, *rest = code.split(":")
    first = kind.capitalize() if kind in KINDS else _escaped(kind)
    return ":".join([_root(code), first, *map(_part, rest)])


def account_code(name: str) -> str:
    """Return the account that a plain-text accounting name stands for.

    Raises:
        ValueError: If it stands for none.
    """
    _, first, *rest = name.split(":")
    kind = _unescaped(first) if first.startswith(ESCAPE) else first.lower()
    code = ":".join([kind, *map(_unescaped, rest)])
    if account_name(code) != name:
        raise ValueError(f"{name!r} is not the name of an account")
    return code


def _root(code: str) -> str:
    return "Liabilities" if is_client_claim(code) else "Assets"


def _part(text: str) -> str:
    plain = PART.fullmatch(text) and not text.startswith(ESCAPE)
    return text if plain else _escaped(text)


def _escaped(text: str) -> str:
    return f"{ESCAPE}{text.encode().hex().upper()}"


def _unescaped(part: str) -> str:
    if not part.startswith(ESCAPE):
        return part
    return bytes.fromhex(part.removeprefix(ESCAPE)).decode()
