"""Recompute, from the plain files beside this script, what every client is owed.

It needs Python 3.9 or later and nothing else: neither the platform nor a network.

    python3 recompute.py            a table for people
    python3 recompute.py --csv      the same as CSV

It checks every file against MANIFEST.json, adds up every transfer of the ledger, sets the
result against the running totals, the custodian's last statement and what the platform
itself said each client was owed, and ends with status 1 if anything differs.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path

csv.field_size_limit(2**31 - 1)
FIELDS = ("client", "name", "claim", "reference", "currency", "minor")
CASH = "custodian:"
# What a phase of a transfer moves for good; a hold and its release move nothing.
MOVES = ("SINGLE", "POST")
OWNERS = {"wallet": "money held for the client", "collection": "repayments not yet paid on"}
OWNERS.update({"book": "money gathered for a demand", "suspense": "owner not yet known"})
OWED = "principal still owed by the enterprise"


class PackRefused(Exception):
    """The pack is not whole, or not as it was made."""


def manifest(folder):
    """Return the manifest of a pack, once every file has been checked against it.

    Raises:
        PackRefused: Naming the files that are missing, changed or not of the pack.
    """
    path = folder / "MANIFEST.json"
    if not path.is_file():
        raise PackRefused(f"There is no MANIFEST.json in {folder}.")
    said = json.loads(path.read_text())
    there = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    there = {name for name in there if "__pycache__" not in name} - {"MANIFEST.json"}
    wrong = [f"{name} is missing" for name in sorted(said["files"].keys() - there)]
    wrong += [f"{name} is not of the pack" for name in sorted(there - said["files"].keys())]
    for name in sorted(there & said["files"].keys()):
        if digest(folder / name) != said["files"][name]["sha256"]:
            wrong.append(f"{name} was changed")
    if wrong:
        raise PackRefused("The pack is not as it was made: " + "; ".join(wrong) + ".")
    return said


def digest(file):
    """Return the SHA-256 of a file in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def rows(folder, table):
    """Yield the rows of a table of the pack as dictionaries of text."""
    with (folder / "tables" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def balances(folder):
    """Return what every account holds, minor units by code, from its transfers alone."""
    codes = {row["id"]: row["code"] for row in rows(folder, "ledger_account")}
    found = dict.fromkeys(codes.values(), 0)
    for row in rows(folder, "ledger_transfer"):
        if row["phase"] in MOVES:
            amount = int(row["amount_minor"])
            found[codes[row["debit_account_id"]]] -= amount
            found[codes[row["credit_account_id"]]] += amount
    return found


def claims(folder):
    """Return every claim, sorted: what is held for whom, and who still owes what to whom.

    A claim is (client, name, claim, reference, currency, minor units).
    """
    names = {row["code"]: row["legal_name"] for row in rows(folder, "parties_party")}
    found, funders = [], waiting(folder)
    for code, minor in balances(folder).items():
        if minor and not code.startswith(CASH):
            kind, owner, currency = parts(code)
            for client, part in shares(owner, minor, funders.get(owner, ())):
                what = OWNERS.get(kind, kind)
                found.append((client, names.get(client, ""), what, code, currency, part))
    for (party, agreement, currency), minor in positions(folder).items():
        if minor:
            found.append((party, names.get(party, ""), OWED, agreement, currency, minor))
    return sorted(found)


def parts(code):
    """Return kind, owner and currency of an account: ``wallet:FND-1:USD``."""
    kind, _, rest = code.partition(":")
    owner, _, currency = rest.rpartition(":")
    return kind, owner, currency


def shares(owner, minor, funders):
    """Return whose an account's money is: its owner's, or that of a demand's funders."""
    if funders and sum(part for _, part in funders) == minor:
        return funders
    return [(owner, minor)]


def waiting(folder):
    """Return the funders of every demand whose money has not gone out, with their parts."""
    demands = {row["id"]: row["code"] for row in rows(folder, "deals_demand")}
    parties = {row["id"]: row["code"] for row in rows(folder, "parties_party")}
    drawn = _drawn(folder)
    undrawn = {
        row["id"]: demands[row["demand_id"]]
        for row in rows(folder, "deals_agreement")
        if row["id"] not in drawn
    }
    found = defaultdict(list)
    for row in rows(folder, "funding_holding"):
        if row["agreement_id"] in undrawn:
            part = (parties[row["funder_id"]], int(row["principal_minor"]))
            found[undrawn[row["agreement_id"]]].append(part)
    return dict(found)


def _drawn(folder):
    snapshots = rows(folder, "servicing_snapshot")
    return {row["agreement_id"] for row in snapshots if row["drawn_date"]}


def positions(folder):
    """Return the principal that each party is still owed, by party, agreement, currency.

    What it put in or took over, less what came back and what was booked as lost.
    """
    agreements = {
        r["id"]: (r["code"], r["currency"]) for r in rows(folder, "deals_agreement")
    }
    parties = {r["id"]: r["code"] for r in rows(folder, "parties_party")}
    # Nothing is owed before the enterprise has had the money.
    drawn = _drawn(folder)
    found = defaultdict(int)
    for row in rows(folder, "funding_holding"):
        if row["agreement_id"] in drawn:
            owed = (parties[row["funder_id"]], *agreements[row["agreement_id"]])
            found[owed] += int(row["principal_minor"])
    for row in rows(folder, "servicing_distribution"):
        owed = (row["holder_code"], *agreements[row["agreement_id"]])
        found[owed] -= int(row["principal_minor"]) + int(row["loss_minor"])
    return dict(found)


def custodian(folder):
    """Return what the custodian's last statement says it holds, by currency, brought up
    to date by what it has told of since.
    """
    last = {}
    for row in rows(folder, "custodian_statement"):
        known = last.get(row["currency"])
        if known is None or int(row["number"]) > int(known["number"]):
            last[row["currency"]] = row
    found = {currency: int(row["closing_minor"]) for currency, row in last.items()}
    for row in rows(folder, "custodian_cashentry"):
        known = last.get(row["currency"])
        if known is None or row["booking_date"] > known["to_date"]:
            sign = 1 if row["direction"] == "CRDT" else -1
            found.setdefault(row["currency"], 0)
            found[row["currency"]] += sign * int(row["amount_minor"])
    return found


def problems(folder):
    """Return every disagreement as a sentence."""
    found, replayed = [], balances(folder)
    for row in rows(folder, "ledger_account"):
        running = int(row["credits_posted"]) - int(row["debits_posted"])
        if running != replayed[row["code"]]:
            found.append(
                f"{row['code']}: its running total {running} is not what its transfers "
                f"add up to, {replayed[row['code']]}."
            )
    held = custodian(folder)
    cash = {c[len(CASH) :]: -m for c, m in replayed.items() if c.startswith(CASH)}
    for currency in sorted(cash.keys() | held.keys()):
        if cash.get(currency, 0) != held.get(currency, 0):
            found.append(
                f"{currency}: the ledger has {cash.get(currency, 0)} minor units at the "
                f"custodian, whose word is {held.get(currency, 0)}."
            )
    with (folder / "claims.csv").open(newline="", encoding="utf-8") as file:
        said = {tuple(row[:5]): int(row[5]) for row in list(csv.reader(file))[1:]}
    ours = {claim[:5]: claim[5] for claim in claims(folder)}
    for claim in sorted(said.keys() | ours.keys()):
        if said.get(claim) != ours.get(claim):
            found.append(
                f"{' '.join(claim)}: the platform said {said.get(claim)}, the transfers "
                f"say {ours.get(claim)}."
            )
    return found


def report(folder, *, as_csv):
    """Write every claim and the totals; return whether all of it agrees."""
    manifest(folder)
    for row in (FIELDS, *claims(folder)):
        if as_csv:
            csv.writer(sys.stdout).writerow(row)
        else:
            sys.stdout.write(LINE.format(*map(str, row)))
    wrong = problems(folder)
    totals = defaultdict(int)
    for code, minor in balances(folder).items():
        if not code.startswith(CASH):
            totals[code.rpartition(":")[2]] += minor
    held = custodian(folder)
    for currency in sorted(totals):
        sys.stderr.write(
            f"{currency}: {totals[currency]} minor units held for all clients, "
            f"{held.get(currency, 0)} at the custodian\n"
        )
    sys.stderr.write("".join(f"DIFFERS {problem}\n" for problem in wrong))
    sys.stderr.write("Everything agrees.\n" if not wrong else "")
    return not wrong


LINE = "{:<18} {:<34.34} {:<38} {:<34} {:<8} {:>16}\n"

if __name__ == "__main__":
    try:
        is_right = report(Path(__file__).resolve().parent, as_csv="--csv" in sys.argv[1:])
    except PackRefused as refusal:
        sys.exit(str(refusal))
    sys.exit(0 if is_right else 1)
