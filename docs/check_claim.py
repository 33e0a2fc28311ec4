"""Check offline that your money is in a published total: check_claim.py PROOF ROOT TOTAL

ROOT and TOTAL (in minor units, such as cents) come from the public page for the proof's day
and currency, or from somebody who kept them; never from the proof. Ends with 0 if it holds.
"""

import hashlib
import json
import re
import sys


def need(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)


def amount(value):
    need(type(value) is int and 0 <= value < 2**63, f"{value!r} is no amount")
    return value.to_bytes(8, "big")


def digest(value):
    need(re.fullmatch("[0-9a-f]{64}", value), f"{value!r} is no hash")
    return bytes.fromhex(value)


def text(value):
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def check(proof, root, total):
    need(proof["format"] == "longtail-claim-1", "this is no proof that I can read")
    place, count, summed = proof["place"], proof["leaf_count"], proof["amount_minor"]
    need(amount(place) < amount(count), "the place is not one of the leaves")
    said = digest(proof["nonce"]) + text(proof["account"]) + text(proof["currency"])
    hashed = hashlib.sha256(b"\0" + said + amount(summed)).digest()
    end = text(proof["date"]) + text(proof["currency"]) + amount(count)
    for beside in proof["path"]:
        while count > 1 and place ^ 1 >= count:
            place, count = place // 2, (count + 1) // 2
        need(count > 1, "the path is too long")
        own, other = amount(summed) + hashed, amount(beside["sum_minor"])
        other += digest(beside["hash"])
        said = other + own if place & 1 else own + other
        hashed, summed = hashlib.sha256(b"\1" + said).digest(), summed + beside["sum_minor"]
        place, count = place // 2, (count + 1) // 2
    need(count == 1, "the path is too short")
    said = b"\2" + end + amount(summed) + hashed
    need(hashlib.sha256(said).digest() == root, "it leads to another root")
    need(summed == total, f"all claims are {summed}, not the published {total}")
    return "{account} is owed {amount_minor} minor units of {currency} on {date}"


try:
    with open(sys.argv[1], encoding="utf-8") as file:
        proof = json.load(file)
    print("OK:", check(proof, digest(sys.argv[2]), int(sys.argv[3])).format(**proof))
except Exception as error:
    sys.exit(f"WRONG: {type(error).__name__}: {error}\n{__doc__}")
