"""Runs that crash are said: which journey, how often, the last line; and not a line for each of a thousand."""

from __future__ import annotations

from datetime import UTC, datetime

from kaskad.orchestration.run_monitor import REPEAT_AFTER, FailedRun, FailureLog, _extract_message


def failure(run: int, line: str = "ModuleNotFoundError: No module named 'flows'", of: str = "thank-you") -> FailedRun:
    return FailedRun(str(run), of, datetime(2027, 3, 2, 9, tzinfo=UTC), line)


def test_a_crash_is_said_at_once_with_its_last_line() -> None:
    said = "thank-you: a run has crashed or failed; the last: ModuleNotFoundError: No module named 'flows'"
    assert FailureLog().lines([failure(1)], 0.0) == [said]


def test_a_run_that_is_seen_again_is_not_said_again() -> None:
    log = FailureLog()
    assert log.lines([failure(1)], 0.0)
    assert log.lines([failure(1)], 2 * REPEAT_AFTER) == []
    assert log.lines([], 3 * REPEAT_AFTER) == []


def test_many_crashes_are_one_line_a_minute_with_their_number_and_the_newest_reason() -> None:
    log = FailureLog()
    log.lines([failure(0)], 0.0)
    for run in range(1, 500):
        assert log.lines([failure(run, f"error {run}")], REPEAT_AFTER * run / 500) == []
    assert log.lines([], REPEAT_AFTER) == ["thank-you: 500 runs have crashed or failed; the last: error 499"]


def test_one_journey_that_crashes_hides_no_other() -> None:
    log = FailureLog()
    log.lines([failure(1)], 0.0)
    assert log.lines([failure(2), failure(3, "boom", of="fanout")], 1.0) == [
        "fanout: a run has crashed or failed; the last: boom"
    ]


def test_of_a_traceback_the_last_line_is_said_and_of_nothing_the_state() -> None:
    assert _extract_message({"state": {"message": "Crashed:\nTraceback\n  x\nValueError: no\n"}}) == "ValueError: no"
    asked = "OperationalError: it is closed\n[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e)"
    assert _extract_message({"state": {"message": asked}}) == "OperationalError: it is closed"
    for state in ({"message": None}, {"message": " \n"}, None):
        assert _extract_message({"state": state, "state_name": "Crashed"}) == "Crashed, and nothing is said of it"
