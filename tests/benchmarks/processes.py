"""What the system says of a process: its processor time, and its memory."""

import os
import re
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process_id: int, *, with_children: bool = False) -> float:
    """Return the processor time of a process; with its children, also of those that ended."""
    fields = _stat(process_id)
    ticks = int(fields[11]) + int(fields[12])
    if with_children:
        ticks += int(fields[13]) + int(fields[14])
        for child in _children(process_id):
            try:
                of_child = _stat(child)
            except OSError:  # It has ended meanwhile.
                continue
            ticks += int(of_child[11]) + int(of_child[12])
    return ticks / _TICKS


def memory_bytes(process_id: int) -> int:
    """Return the proportional set size."""
    rollup = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss: +(\d+) kB", rollup, flags=re.M)
    assert found is not None
    return int(found[1]) * 1024


def _stat(process_id: int) -> list[str]:
    """The fields after the name, which may have blanks: the first is the state."""
    text = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8")
    return text.rpartition(")")[2].split()


def _children(process_id: int) -> list[int]:
    path = Path(f"/proc/{process_id}/task/{process_id}/children")
    return [int(each) for each in path.read_text(encoding="ascii").split()]
