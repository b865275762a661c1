"""Every promise has a test, and a guard in the code."""

from tests.faults.guards import BadGuard, Guard, guards_of, without
from tests.faults.marks import ROOT, files_by_promise
from tests.faults.promises import DUE, LATER, PROMISES


def _named(numbers: set[str]) -> str:
    """The promises of these numbers, in the order of the list, a line each."""
    lines = [f"  {number:<4} {PROMISES[number].text}" for number in PROMISES if number in numbers]
    return "\n".join([f"{len(lines)} of {len(DUE)}:", *lines])


def test_every_promise_has_a_test() -> None:
    missing = set(DUE) - set(files_by_promise())
    assert not missing, f"no test is marked with these promises, {_named(missing)}"


def test_every_promise_has_a_guard_in_the_code() -> None:
    guarded = {number for guard in guards_of(ROOT) for number in guard.numbers}
    missing = set(DUE) - guarded
    assert not missing, f"no line is marked as the guard of these promises, {_named(missing)}"


def test_tests_name_only_promises_of_the_list() -> None:
    unknown = {
        str(path): number
        for number, paths in files_by_promise().items()
        for path in paths
        if number not in PROMISES
    }
    assert unknown == {}


def test_guards_name_only_promises_of_the_list() -> None:
    unknown = {
        str(guard): number
        for guard in guards_of(ROOT)
        for number in guard.numbers
        if number not in PROMISES
    }
    assert unknown == {}


def test_every_guard_can_be_taken_out() -> None:
    refused = [words for guard in guards_of(ROOT) if (words := _refusal(guard))]
    assert refused == []


def _refusal(guard: Guard) -> str:
    try:
        without(guard, (ROOT / guard.path).read_text(encoding="utf-8"))
    except BadGuard as error:
        return str(error)
    return ""


def test_the_list_is_whole_and_says_what_is_due_later() -> None:
    counts = {"I": 13, "W": 12, "F": 24, "S": 16, "Z": 15, "H": 9, "C": 3, "D": 9, "B": 15, "P": 3}
    expected = [f"{letter}{n}" for letter, last in counts.items() for n in range(1, last + 1)]
    assert list(PROMISES) == expected
    assert list(LATER) == []
    assert all(promise.text for promise in PROMISES.values())
