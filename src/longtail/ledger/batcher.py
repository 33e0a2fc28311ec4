"""Group commit: many callers who post one journal each share a round trip and a commit.

Whoever comes while nobody posts leads: it takes everybody who waits, in order, posts them
by :func:`longtail.ledger.posting.post_each` on its own connection, and wakes them with
their ids or their own refusal, after the commit. The longest waiting of the rest leads
next. So there is no thread of its own, nobody waits for a clock, and on one busy account
the callers share one lock and one commit instead of queueing for them.

For callers that write nothing else in the same transaction; ``docs/adr/0006`` says where.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import sleep

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from longtail.ledger import posting
from longtail.ledger.entries import refuse_impossible
from longtail.ledger.exact import Outcome

MOST = 256
PATIENCE_SECONDS = 60.0


class PostingUnanswered(Exception):
    """Nobody can say whether the journal was posted; post it again with the same key."""


class _Request:
    """One caller who waits on ``woken``: for an outcome, an error, or its turn to lead."""

    __slots__ = ("entry", "error", "leads", "outcome", "woken")

    def __init__(self, entry: posting.Entry) -> None:
        self.entry = entry
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.leads = False
        self.woken = Lock()
        self.woken.acquire()


class Batcher:
    """Posts for the threads of one process.

    Args:
        most: How many journals at most share a commit.
        patience_seconds: How long a caller waits for an answer at most.
    """

    def __init__(self, *, most: int = MOST, patience_seconds: float = PATIENCE_SECONDS):
        self._most = most
        self._patience_seconds = patience_seconds
        self._gate = Lock()
        self._waiting: deque[_Request] = deque()
        self._is_led = False
        # Lent to whoever leads, so that a crowd of callers needs one connection.
        self._connection: BaseDatabaseWrapper | None = None

    def close(self) -> None:
        """Close the batcher's connection; it opens again when it is needed."""
        if self._connection is not None:
            self._connection.close()

    def post(self, entry: posting.Entry) -> tuple[int, ...]:
        """Post a journal together with those of other callers; return when it is durable.

        Args:
            entry: The journal. Posting the same entry again is safe.

        Returns:
            Transfer ids, in the order of its moves.

        Raises:
            LedgerRefusal: As ``posting.post``; other callers' journals are posted.
            PostingUnanswered: If the connection broke or no answer came in time; it may
                or may not have been posted.
        """
        assert not connection.in_atomic_block, "a shared commit cannot be in a transaction"
        refuse_impossible(entry)
        request = _Request(entry)
        with self._gate:
            self._waiting.append(request)
            leads, self._is_led = not self._is_led, True
        if leads:
            self._lead()
        else:
            self._await(request)
        if request.error is not None:
            raise PostingUnanswered(
                f"The ledger did not answer for journal {entry.key}; post it again with "
                "the same key."
            ) from request.error
        if isinstance(request.outcome, posting.LedgerRefusal):
            raise request.outcome
        assert request.outcome is not None
        return request.outcome

    def _await(self, request: _Request) -> None:
        if request.woken.acquire(timeout=self._patience_seconds):
            if request.leads:
                self._lead()
            return
        with self._gate:
            if not request.woken.acquire(blocking=False):
                if request in self._waiting:
                    self._waiting.remove(request)
                request.error = TimeoutError(f"{self._patience_seconds} s")
                return
        if request.leads:
            self._lead()

    def _lead(self) -> None:
        """Post one group, the caller's own journal among it, and pass the lead on."""
        self._let_others_come()
        with self._gate:
            group = [
                self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))
            ]
        try:
            outcomes = self._post([request.entry for request in group])
            for request, outcome in zip(group, outcomes, strict=True):
                request.outcome = outcome
        except BaseException as error:
            for request in group:
                request.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            # Those who have their answer first: they may be back before the next group.
            for request in group:
                request.woken.release()
            with self._gate:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
                if following is not None:
                    following.leads = True
                    following.woken.release()

    def _let_others_come(self) -> None:
        """Give way for as long as more callers come, such as those answered just now."""
        before = 0
        while before < len(self._waiting) < self._most:
            before = len(self._waiting)
            sleep(0)

    def _post(self, entries: list[posting.Entry]) -> list[Outcome]:
        """Post on the batcher's connection, in the place of the thread's own."""
        own = connections[DEFAULT_DB_ALIAS]
        if self._connection is None:
            self._connection = own.copy()
            self._connection.inc_thread_sharing()
        self._connection.close_if_unusable_or_obsolete()
        connections[DEFAULT_DB_ALIAS] = self._connection
        try:
            return posting.post_each(entries)
        finally:
            connections[DEFAULT_DB_ALIAS] = own
