"""The command lines of README.md and OPERATIONS.md, as a reader copies them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "OPERATIONS.md")

# The programs whose names begin a command, in a block or in a sentence.
PROGRAMS = {
    *("ptcconsole", "manage.py", "make", "python", "python3", "pip", "pipx", "uvx"),
    *("curl", "aws", "df", "pgrep", "pg_dump", "pg_restore", "opentelemetry-instrument", "sudo"),
    *("systemctl", "journalctl", "timedatectl", "apt-get", "docker", "podman", "kubectl", "nginx"),
}

_FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
_CONTINUED = re.compile(r"\s*\\\n\s*")
_BLOCK = re.compile(r"^ {4,}(\S.*)$")
_COMMENT = re.compile(r"(^|\s+)#\s.*$")
_ASSIGNMENT = re.compile(r"[A-Za-z_]+=")
# What the console prints: `Sign in: http://...`.
_PRINTED = re.compile(r"(Console|Sign in|AWS endpoint): http://|Registry: ")


def command_lines() -> set[str]:
    """Every command of both documents, without comments, on one line, with single blanks."""
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    return {command for text in texts for command in commands_of(text)}


def commands_of(text: str) -> Iterator[str]:
    """The commands of a text. A line of a block that is no command has to be recognized, too."""
    for line in _CONTINUED.sub(" ", _FENCED.sub("", text)).splitlines():
        if block := _BLOCK.match(line):
            found = _COMMENT.sub("", block[1])
            if _is_command(found):
                yield found
            elif found and not (_ASSIGNMENT.match(found) or _PRINTED.match(found)):
                raise AssertionError(f"Is this line a command? {found!r}")
        else:
            # In a table, a vertical bar is written with a backslash.
            named = re.findall(r"`([^`]+)`", line.replace("\\|", "|"))
            yield from (each for each in named if _is_command(each) and " " in each)


def _is_command(text: str) -> bool:
    """Whether it begins with a program, after variables; `manage.py ...` is no whole command."""
    if text.endswith("..."):
        return False
    try:
        words = shlex.split(text)
    except ValueError:
        return False
    program = next((word for word in words if not _ASSIGNMENT.match(word)), "")
    return program.rpartition("/")[2] in PROGRAMS
