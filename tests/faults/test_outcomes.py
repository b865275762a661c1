"""A promise is kept if all its tests passed and at least one of them ran."""

import pytest

from tests.faults.outcomes import Outcomes
from tests.faults.promises import DUE


def _report(number: str, outcome: str, when: str = "call") -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=f"tests/faults/test_planted.py::test_{number}",
        location=("tests/faults/test_planted.py", 1, "test"),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when=when,  # type: ignore[arg-type]
        user_properties=[("promise", number)],
    )


def _outcomes(*reports: pytest.TestReport) -> Outcomes:
    outcomes = Outcomes()
    for report in reports:
        outcomes.pytest_runtest_logreport(report)
    return outcomes


def test_a_promise_whose_tests_all_passed_is_kept() -> None:
    outcomes = _outcomes(_report("I1", "passed", "setup"), _report("I1", "passed"))
    assert outcomes.kept == {"I1"}


@pytest.mark.parametrize(
    ("outcome", "when"),
    [("failed", "setup"), ("failed", "call"), ("failed", "teardown")],
)
def test_one_test_that_did_not_pass_breaks_its_promise(outcome: str, when: str) -> None:
    outcomes = _outcomes(_report("I1", "passed"), _report("I1", outcome, when))
    assert outcomes.kept == set()
    assert "\nbroken: I1\n" in outcomes.summary()


def test_a_skipped_test_is_told_and_keeps_no_promise() -> None:
    outcomes = _outcomes(
        _report("I1", "passed"), _report("I1", "skipped", "setup"), _report("I2", "skipped", "call")
    )
    assert outcomes.kept == {"I1"}
    assert "unproven, no test ran: I2 " in outcomes.summary()
    assert "\nwith a test that was skipped: I1 I2" in outcomes.summary()


def test_a_promise_of_which_no_test_ran_is_not_kept() -> None:
    outcomes = _outcomes(_report("I1", "passed", "setup"), _report("I2", "passed"))
    summary = outcomes.summary()
    assert summary.startswith(f"promises kept: 1 of {len(DUE)} listed\n")
    assert "unproven, no test ran: I1 I3 " in summary


def test_a_file_that_cannot_be_read_breaks_what_its_tests_promise() -> None:
    outcomes = Outcomes()
    outcomes.pytest_collectreport(
        pytest.CollectReport("tests/faults/test_production.py", "failed", "planted", [])
    )
    assert outcomes.not_passed == {"P3"}
