"""The end of day: what time alone brings about, and the move of the business date.

Arrears are a function of due dates and the business date, so interest accrues on read and
only what changes today is touched: buckets, what fell due, defaults, guarantee calls. A
step goes through its agreements in batches; each batch is one transaction together with
its place in the step's row, so a run killed anywhere goes on after the last whole batch
and repeats nothing. A run may catch up over several days: it brings the date straight to
``to``, and defaults carry the day on which they came about.
"""

from __future__ import annotations

from longtail.servicing.eod.batches import BATCH, DateClosed, Watch
from longtail.servicing.eod.running import DayEnd, end_of_day

__all__ = ["BATCH", "DateClosed", "DayEnd", "Watch", "end_of_day"]
