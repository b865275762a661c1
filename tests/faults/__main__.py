"""`python -m tests.faults [options of pytest]`: run the fault tests and report the promises kept.

The scanner's tests are included if the scanner is installed (`make scan`). Otherwise their promise
is reported as unproven. The exit code is 1 if a due promise is not kept or a test failed.
"""

import sys
from collections.abc import Sequence

import pytest

from tests.faults.marks import FOLDERS, files_elsewhere
from tests.faults.outcomes import Outcomes
from tests.faults.promises import DUE


def main(arguments: Sequence[str]) -> int:
    outcomes = Outcomes()
    paths = [*FOLDERS, *map(str, files_elsewhere())]
    code = pytest.main([*paths, *arguments], plugins=[outcomes])
    print(f"\n{outcomes.summary()}", flush=True)
    return 0 if code == 0 and set(DUE) <= outcomes.kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
