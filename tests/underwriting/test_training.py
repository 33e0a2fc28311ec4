"""The scorecard is honest about time, refuses leaks, and ranks loans it never saw."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from longtail.kernels.credit.points import CategoricalAttribute, NumericAttribute
from longtail.underwriting import sample, serial
from longtail.underwriting.training import (
    PREDICTORS,
    Known,
    LeakingPredictor,
    Predictor,
    TooFewLosses,
    evaluate,
    fit,
)

KNOWN_ON = date(2002, 9, 30)


def with_column(table, name, source):
    return table | {name: table[source]}


def predictor(name, source, known=Known.AT_APPROVAL):
    return Predictor(name=name, sources=(source,), known=known, edges=(36, 84))


def test_it_ranks_two_later_vintages(fitted):
    """Floors a little below what is measured, so that a worse model cannot slip in."""
    measured = fitted.metrics["out_of_time"]
    assert (measured["n_loans"], measured["n_charge_offs"]) == (8_270, 3_837)
    assert measured["auc"] >= 0.62
    assert measured["ks"] >= 0.18
    assert measured["gini"] == pytest.approx(2 * measured["auc"] - 1, abs=2e-4)
    assert measured["brier"] <= 0.142
    assert measured["psi"] < 0.1


def test_it_is_calibrated_to_what_was_known(fitted):
    card, known = fitted.scorecard, fitted.metrics
    assert known["lifetime_rate"] == pytest.approx(0.0743, abs=0.002)
    assert known["out_of_time"]["mean_pd"] == pytest.approx(known["lifetime_rate"], rel=0.1)
    assert card.anchor_score == 600


def test_training_twice_gives_the_same_scorecard(table, fitted):
    again = fit(table, known_on=KNOWN_ON)
    assert serial.digest(serial.scorecard_json(again.scorecard)) == serial.digest(
        serial.scorecard_json(fitted.scorecard)
    )
    assert again.metrics == fitted.metrics


def test_what_was_not_known_yet_changes_nothing(table, fitted):
    """When a charge-off came after the day, it does not matter how long after."""
    later = table["ChgOffDate"] > np.datetime64(KNOWN_ON, "D")
    weight = sample.weights(table)
    # How often a row was drawn is a fact of the sample, so it keeps its weight.
    innocent = table | {
        "ChgOffDate": np.where(later, np.datetime64("2030-01-01"), table["ChgOffDate"])
    }
    assert (sample.weights(innocent) == weight).all()
    assert fit(innocent, known_on=KNOWN_ON).scorecard == fitted.scorecard


def test_loans_approved_later_change_nothing(table, fitted):
    early = table["ApprovalDate"] <= np.datetime64(KNOWN_ON, "D")
    alone = fit({n: v[early] for n, v in table.items()}, known_on=KNOWN_ON)
    assert alone.scorecard == fitted.scorecard
    assert "out_of_time" not in alone.metrics


def test_points_are_monotone_where_declared(fitted):
    for declared in PREDICTORS:
        attribute = fitted.scorecard.by_name[declared.name]
        if declared.trend:
            steps = np.diff(attribute.points) * -declared.trend
            assert (steps >= 0).all(), declared.name


def test_leaving_a_fact_out_never_beats_the_average(table, fitted):
    columns, weight = sample.attributes(table), sample.weights(table)
    for attribute in fitted.scorecard.attributes:
        bins = attribute.bins(columns[attribute.name])
        known = bins >= 0
        points = np.asarray(attribute.points)[bins[known]]
        recent = table["ApprovalDate"][known] > np.datetime64("1997-09-30")
        mean = np.average(points[recent], weights=weight[known][recent])
        assert attribute.missing_points <= mean + 1
        assert min(attribute.points) == 0


def test_states_of_one_division_share_their_points(fitted):
    states = fitted.scorecard.by_name["state"]
    points = dict(zip(states.levels, states.points, strict=True))
    assert points["TX"] == points["OK"] == points["LA"]
    assert len(points) == 51


@pytest.mark.parametrize(
    "source",
    ["Term", "ChgOffDate", "ChgOffPrinGr", "DisbursementGross", "MIS_Status", "Bank"],
)
def test_columns_that_tell_the_outcome_are_refused_by_name(table, source):
    leaking = (*PREDICTORS, predictor("innocent", source))
    with pytest.raises(LeakingPredictor, match=f"innocent: {source}"):
        fit(table, known_on=KNOWN_ON, predictors=leaking)


def test_a_datum_declared_as_later_is_refused(table):
    late = predictor("arrears", "NoEmp", known=Known.AFTER_DECISION)
    with pytest.raises(LeakingPredictor, match="known after the decision"):
        fit(table, known_on=KNOWN_ON, predictors=(*PREDICTORS, late))


def test_a_leak_under_another_name_is_found_by_its_power(table):
    """``Term`` as ``months``, declared as known at approval: nothing names it, but alone
    it ranks the outcome better than anything honest can."""
    disguised = with_column(table, "months", "Term")
    leaking = (*PREDICTORS, predictor("months", "months"))
    with pytest.raises(LeakingPredictor, match=r"months: alone it ranks.*AUC 0\.9"):
        fit(disguised, known_on=KNOWN_ON, predictors=leaking)


def test_the_guard_lets_every_honest_column_through(table):
    extra = predictor("jobs", "RetainedJob")
    fit(with_column(table, "jobs", "RetainedJob"), known_on=KNOWN_ON, predictors=(extra,))


def test_a_predictor_without_a_column_is_an_error(table):
    with pytest.raises(ValueError, match="no column for the predictor 'absent'"):
        fit(table, known_on=KNOWN_ON, predictors=(predictor("absent", "Absent"),))


def test_too_little_to_learn_from_is_said(table):
    with pytest.raises(TooFewLosses, match="Fewer than 500"):
        fit({n: v[::40] for n, v in table.items()}, known_on=KNOWN_ON)


def test_a_scorecard_survives_its_own_json(fitted):
    plain = serial.scorecard_json(fitted.scorecard)
    assert serial.scorecard_of(plain) == fitted.scorecard
    kinds = {type(a) for a in serial.scorecard_of(plain).attributes}
    assert kinds == {NumericAttribute, CategoricalAttribute}
    altered = replace(fitted.scorecard, base_points=fitted.scorecard.base_points + 1)
    assert serial.digest(plain) != serial.digest(serial.scorecard_json(altered))


def test_one_vintage_can_be_judged_alone(table, fitted):
    one = evaluate(
        fitted.scorecard,
        table,
        approved_from=date(2003, 10, 1),
        approved_to=date(2004, 9, 30),
    )
    assert one["n_loans"] == 4_475
    assert 0.6 < one["auc"] < 0.7


def test_a_table_with_places_never_seen_can_still_be_judged(table, fitted):
    states = table["State"].copy()
    states[states == "TX"] = "PR"
    span = {"approved_from": date(2003, 10, 1), "approved_to": date(2004, 9, 30)}
    abroad = evaluate(fitted.scorecard, table | {"State": states}, **span)
    assert abroad["n_loans"] == 4_475
    assert 0.58 < abroad["auc"] < 0.7
