"""Names for what the sample leaves nameless.

The SBA's data carry no business names, so enterprises and people get invented ones,
fixed by the loan's number. Banks keep their real names.
"""

from __future__ import annotations

from longtail.interfaces.cli.demo.plan import Loan, draw

FAMILIES = (
    "Abbott", "Acosta", "Baker", "Banerjee", "Becker", "Bennett", "Brandt", "Calderon",
    "Chen", "Clarke", "Costa", "Dawson", "Delgado", "Doyle", "Ellis", "Farrell",
    "Fischer", "Fuentes", "Garner", "Gomez", "Greene", "Hale", "Hansen", "Hayes",
    "Huang", "Ibarra", "Jansen", "Keller", "Kim", "Kowalski", "Lambert", "Larsen",
    "Lopez", "Malone", "Mendez", "Meyer", "Morgan", "Nakamura", "Nguyen", "Novak",
    "Okafor", "Ortiz", "Park", "Patel", "Pereira", "Quinn", "Ramos", "Reyes", "Rossi",
    "Sandoval", "Schmidt", "Shah", "Silva", "Singh", "Sutton", "Tanaka", "Torres",
    "Vance", "Vargas", "Weber", "Wong", "Young", "Zhang",
)  # fmt: skip
GIVEN = (
    "Alice", "Amara", "Ben", "Carla", "Daniel", "Elena", "Felix", "Grace", "Hana",
    "Ivan", "Julia", "Kofi", "Lena", "Marco", "Nadia", "Omar", "Paula", "Quentin",
    "Rosa", "Samuel", "Tessa", "Uma", "Victor", "Wendy", "Yusuf", "Zoe",
)  # fmt: skip
TRADES = {
    "11": "Farms", "21": "Quarry", "22": "Water Works", "23": "Builders", "31": "Foods",
    "32": "Press & Plastics", "33": "Machine Works", "42": "Wholesale", "44": "Market",
    "45": "Outfitters", "48": "Haulage", "49": "Couriers", "51": "Media", "52": "Brokers",
    "53": "Rentals", "54": "Design Studio", "55": "Holdings", "56": "Facility Services",
    "61": "Learning Centre", "62": "Family Clinic", "71": "Leisure Club", "72": "Kitchen",
    "81": "Auto & Repair", "92": "Services",
}  # fmt: skip
SUFFIXES = ("LLC", "Inc.", "Co.", "& Sons", "Partners")


def enterprise(loan: Loan) -> str:
    """Return an invented business name that fits the loan's city and sector."""
    family = FAMILIES[draw(loan.number, "family", len(FAMILIES))]
    suffix = SUFFIXES[draw(loan.number, "suffix", len(SUFFIXES))]
    trade = TRADES.get(loan.sector, "Trading")
    place = (f"{loan.city} ", "")[draw(loan.number, "place", 2)]
    return f"{place}{family} {trade} {suffix}"


def owner(number: int) -> str:
    """Return an invented person's name."""
    given = GIVEN[draw(number, "given", len(GIVEN))]
    return f"{given} {FAMILIES[draw(number, 'owner', len(FAMILIES))]}"


# How the SBA's files shorten words of bank names, and what is no word at all.
SHORT = {
    "Natl": "National", "Assoc": "Association", "Bk": "Bank", "Bk.": "Bank",
    "Tr": "Trust", "Cap.": "Capital", "Bus.": "Business", "Finan": "Finance",
    "Corp": "Corporation", "Of": "of", "And": "and", "Jpmorgan": "JPMorgan",
}  # fmt: skip
CAPITALS = {"BBCN", "PNC", "TD", "LLC", "BMO", "CDC", "GE", "CIT", "US", "HSBC", "FSB",
            "SSB", "N.A.", "U.S.", "UMB", "M&I", "TCF", "BB&T"}  # fmt: skip


def bank(name: str) -> str:
    """Return a bank's name in ordinary capitals, its abbreviations written out."""
    words = (
        w if w in CAPITALS else w.capitalize() for w in name.replace(",", " ,").split()
    )
    return " ".join(SHORT.get(word, word) for word in words).replace(" ,", ",")


def purpose(loan: Loan) -> tuple[str, str]:
    """Return the purpose code and a sentence on the use of funds, from the loan's facts."""
    jobs = int(str(loan.facts.get("jobs_created") or 0))
    if loan.facts.get("is_revolving"):
        return (
            "working-capital",
            "Seasonal stock and supplier bills ahead of customer payments.",
        )
    if loan.tenor_months >= 120:
        return "premises", "Purchase and fitting-out of the business's own premises."
    if loan.facts.get("is_new_business"):
        return "start-up", "Opening costs, equipment and the first months' working capital."
    if jobs:
        return "expansion", f"Equipment for an expansion that creates {jobs} jobs."
    return "equipment", "Replacement of ageing equipment and related installation."


def slug(name: str) -> str:
    """Return a name in lower-case letters, digits and single hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def username(loan: Loan) -> str:
    """Return the log-in of a loan's enterprise's owner."""
    return f"{slug(owner(loan.number)).replace('-', '.')}.{loan.number}"
