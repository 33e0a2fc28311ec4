"""How far the end of day has come, for those who oversee."""

from datetime import timedelta

from longtail.servicing import eod
from tests.interfaces.api.caller import problem


def test_before_the_first_end_of_day_there_is_none(market):
    assert market.operator.read("/day-end") == {"date": None, "steps": []}


def test_the_steps_of_a_day_are_shown_done_and_under_way(market, now):
    days = [now.at + timedelta(days=n) for n in (1, 2)]
    for day in days:
        eod.end_of_day(to=day.date(), at=day)
    latest = market.regulator.read("/day-end")
    assert latest["date"] == days[1].date().isoformat()
    names = [step["step"] for step in latest["steps"]]
    assert names.index("dues-fallen") < names.index("arrears-aged")
    assert names.index("arrears-aged") < names.index("date-moved")
    assert all(step["is_done"] and step["left_seconds"] == 0 for step in latest["steps"])
    (moved,) = [step for step in latest["steps"] if step["step"] == "date-moved"]
    assert moved["touched"] == 1
    earlier = market.operator.read("/day-end", on=days[0].date().isoformat())
    assert earlier["date"] == days[0].date().isoformat()


def test_it_is_no_business_of_a_party_of_the_market(market):
    problem(market.funder.get("/day-end"), 403)
    problem(market.operator.get("/day-end", on="tomorrow"), 422)
