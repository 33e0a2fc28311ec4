"""Reads tables of real loans and says, per loan, what was known when it was approved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from longtail.values.refusal import Refusal

Table = dict[str, npt.NDArray[Any]]

SHIPPED = Path(__file__).resolve().parents[1] / "demo" / "sba_sample.parquet"
# Columns by the type they are read as. Absent optional ones are read as not known.
WHOLE = frozenset((
    "LoanNr_ChkDgt", "NAICS", "ApprovalFY", "Term", "NoEmp", "NewExist", "CreateJob",
    "RetainedJob", "FranchiseCode", "UrbanRural",
))  # fmt: skip
MONEY = frozenset(("DisbursementGross", "ChgOffPrinGr", "GrAppv", "SBA_Appv"))
DATES = frozenset(("ApprovalDate", "ChgOffDate", "DisbursementDate"))
REQUIRED = (
    "LoanNr_ChkDgt", "City", "State", "Bank", "NAICS", "ApprovalDate", "ApprovalFY",
    "Term", "NoEmp", "NewExist", "UrbanRural", "RevLineCr", "LowDoc", "ChgOffDate",
    "MIS_Status", "ChgOffPrinGr", "GrAppv", "SBA_Appv",
)  # fmt: skip
OPTIONAL = (
    "BankState", "CreateJob", "RetainedJob", "FranchiseCode", "DisbursementDate",
    "DisbursementGross",
)  # fmt: skip
# Loans are drawn about half and half by outcome; these weights restore the natural rate.
# Source: the sample's data card.
PAID_WEIGHT, CHARGED_OFF_WEIGHT = 22.7, 5.07
LOCATIONS = {1: "urban", 2: "rural"}


class UnreadableTable(Refusal):
    """The file is not there, or is not a Parquet table."""


class MissingColumns(Refusal):
    """The table lacks columns that the platform cannot do without."""


def read(path: Path) -> Table:
    """Read a loan table by its columns' original names.

    Args:
        path: A Parquet file with at least the ``REQUIRED`` columns.

    Returns:
        One array a column, (n_loans,), in the file's order: whole numbers ``int64`` (0
        where not known, as the source itself codes it), amounts ``float64`` (NaN where
        not known), dates ``datetime64[D]`` (NaT), text objects (None). Columns that are
        in neither list are left out.

    Raises:
        UnreadableTable: If the file cannot be read as Parquet.
        MissingColumns: If a required column is absent; names every one.
    """
    with duckdb.connect(config={"threads": 1}) as engine:
        try:
            table = engine.read_parquet(str(path))
        except duckdb.Error as error:
            raise UnreadableTable(
                f"{path} cannot be read as a Parquet table: {str(error).splitlines()[0]} "
                "Give the path of a Parquet file with the columns of the shipped sample."
            ) from error
        missing = [name for name in REQUIRED if name not in table.columns]
        if missing:
            raise MissingColumns(
                f"{path} lacks the columns {', '.join(missing)}. Add them, named and "
                "typed as in the shipped sample."
            )
        present = [c for c in REQUIRED + OPTIONAL if c in table.columns]
        fetched = table.select(*present).fetchnumpy()
    n_loans = len(fetched["GrAppv"])
    columns = {c: fetched.get(c, np.ma.masked_all(n_loans)) for c in REQUIRED + OPTIONAL}
    return {name: _column(name, values) for name, values in columns.items()}


def facts_of(row: Mapping[str, Any]) -> dict[str, str | int | bool | None]:
    """Return what was known of a loan's enterprise at approval, in the platform's words.

    Args:
        row: One loan, by column.

    Returns:
        Facts by the keys of ``rules.FACTS``; None where the source does not know.
        ``RevLineCr`` is a yes only where it says so: the source leaves it blank for a
        third of the loans, and a blank does not claim a revolving line.
    """
    sector = int(row["NAICS"]) // 10_000
    is_new = {1: False, 2: True}
    return {
        "sector": str(sector) if sector else None,
        "employees": int(row["NoEmp"]),
        "is_new_business": is_new.get(int(row["NewExist"])),
        "state": row["State"] or None,
        "is_urban": LOCATIONS.get(int(row["UrbanRural"]), "unknown"),
        "is_franchise": int(row["FranchiseCode"]) > 1,
        "is_revolving": row["RevLineCr"] == "Y",
        "is_low_doc": {"Y": True, "N": False}.get(row["LowDoc"]),
        "jobs_created": int(row["CreateJob"]),
        "jobs_retained": int(row["RetainedJob"]),
    }


def attributes(table: Table) -> Table:
    """Return what a scorecard may read of every loan, by the names of its attributes.

    Args:
        table: From :func:`read`.

    Returns:
        Arrays (n_loans,): numbers ``float64`` with NaN, levels objects with None.
        ``amount`` is in major units, ``cover`` in basis points.
    """
    sector = table["NAICS"] // 10_000
    yes_no = np.asarray(["no", "yes"], dtype=object)
    is_new = np.asarray([None, "no", "yes"], dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = np.rint(10_000 * table["SBA_Appv"] / table["GrAppv"])
    return {
        "amount": table["GrAppv"],
        "cover": cover,
        "employees": table["NoEmp"].astype(np.float64),
        "sector": np.where(sector > 0, sector.astype(str).astype(object), None),
        "state": table["State"],
        "is_new_business": is_new[np.clip(table["NewExist"], 0, 2)],
        "is_revolving": yes_no[(table["RevLineCr"] == "Y").astype(np.int64)],
    }


def is_charged_off(table: Table) -> npt.NDArray[np.bool_]:
    """Return whether each loan ended in a charge-off, as finally recorded."""
    return np.asarray(table["MIS_Status"] == "CHGOFF", dtype=np.bool_)


def weights(table: Table) -> npt.NDArray[np.float64]:
    """Return how many loans of the population each row stands for."""
    return np.where(is_charged_off(table), CHARGED_OFF_WEIGHT, PAID_WEIGHT)


def _column(name: str, values: Any) -> npt.NDArray[Any]:
    empty = np.ma.getmaskarray(values)
    given = np.ma.getdata(values)
    if name in DATES:
        days = np.full(given.shape, "NaT", dtype="datetime64[D]")
        days[~empty] = given[~empty].astype("datetime64[D]")
        return days
    if name in WHOLE:
        numbers = np.where(empty, 0, given).astype(np.float64)
        return np.nan_to_num(numbers).astype(np.int64)
    if name in MONEY:
        return np.where(empty, np.nan, given).astype(np.float64)
    text = np.where(empty, None, given.astype(object))
    if name == "MIS_Status":
        return np.asarray([t and t.replace(" ", "") for t in text], dtype=object)
    return text
