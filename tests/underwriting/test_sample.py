"""The shipped loans are read as they are, and said in the platform's words."""

import duckdb
import numpy as np
import pytest

from longtail.underwriting import rules, sample


def row(table, i):
    return {name: values[i] for name, values in table.items()}


def write(path, *, without=()):
    columns = ", ".join(f'"{c}"' for c in sample.REQUIRED if c not in without)
    duckdb.read_parquet(str(sample.SHIPPED)).limit(50).project(columns).write_parquet(
        str(path)
    )
    return path


def test_the_shipped_sample_is_whole_and_small(table):
    assert len(table["GrAppv"]) == 33_157
    assert sample.SHIPPED.stat().st_size < 900_000
    assert len(np.unique(table["LoanNr_ChkDgt"])) == 33_157
    assert sample.is_charged_off(table).sum() == 10_846
    assert (sample.SHIPPED.parent / "DATACARD.md").exists()
    assert table["ApprovalDate"].dtype == "datetime64[D]"
    assert np.isnat(table["ChgOffDate"]).sum() == 33_157 - 10_842 - 80


def test_facts_use_the_keys_of_the_contract(table):
    facts = sample.facts_of(row(table, -1))
    assert set(facts) == set(rules.FACTS)
    assert facts == {
        "sector": "56",
        "employees": 6,
        "is_new_business": False,
        "state": "TX",
        "is_urban": "urban",
        "is_franchise": False,
        "is_revolving": False,
        "is_low_doc": False,
        "jobs_created": 2,
        "jobs_retained": 6,
    }


def test_what_the_source_codes_as_unknown_is_unknown():
    coded = {"NAICS": 0, "NoEmp": 1, "NewExist": 0, "State": "", "UrbanRural": 0}
    coded |= {"FranchiseCode": 0, "RevLineCr": None, "LowDoc": "C"}
    facts = sample.facts_of(coded | {"CreateJob": 0, "RetainedJob": 0})
    assert [k for k, v in facts.items() if v is None] == [
        "sector",
        "is_new_business",
        "state",
        "is_low_doc",
    ]
    assert facts["is_urban"] == "unknown"
    assert facts["is_revolving"] is False


def test_the_scorecard_is_trained_on_what_an_application_states(table):
    """Row by row and column by column, the same words."""
    columns = sample.attributes(table)
    words = {True: "yes", False: "no", None: None}
    for i in range(0, 33_157, 997):
        facts = sample.facts_of(row(table, i))
        assert columns["sector"][i] == facts["sector"]
        assert columns["state"][i] == facts["state"]
        assert columns["employees"][i] == facts["employees"]
        for name in ("is_new_business", "is_revolving"):
            assert columns[name][i] == words[facts[name]]


def test_weights_restore_the_natural_rate(table):
    lost, weight = sample.is_charged_off(table), sample.weights(table)
    assert np.average(lost, weights=weight) == pytest.approx(0.098, abs=0.0005)


def test_optional_columns_may_be_absent(tmp_path, table):
    read = sample.read(write(tmp_path / "few.parquet"))
    assert set(read) == set(sample.REQUIRED + sample.OPTIONAL)
    assert np.isnat(read["DisbursementDate"]).all()
    assert np.isnan(read["DisbursementGross"]).all()
    assert read["FranchiseCode"].tolist() == [0] * 50
    assert read["Bank"].tolist() == table["Bank"][:50].tolist()


def test_missing_columns_are_all_named(tmp_path):
    path = write(tmp_path / "bad.parquet", without=("NAICS", "MIS_Status"))
    with pytest.raises(sample.MissingColumns, match="lacks the columns NAICS, MIS_Status"):
        sample.read(path)


def test_a_file_that_is_no_table_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(sample.UnreadableTable, match="Give the path of a Parquet file"):
        sample.read(tmp_path / "absent.parquet")
    text = tmp_path / "text.parquet"
    text.write_text("not a table")
    with pytest.raises(sample.UnreadableTable, match=r"text\.parquet"):
        sample.read(text)


def test_a_label_written_with_spaces_is_the_same_label(tmp_path):
    path = tmp_path / "spaced.parquet"
    duckdb.read_parquet(str(sample.SHIPPED)).limit(5).project(
        "* REPLACE ('P I F' AS MIS_Status)"
    ).write_parquet(str(path))
    assert set(sample.read(path)["MIS_Status"]) == {"PIF"}
