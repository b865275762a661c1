"""Values in TOML, YAML and JSON, which share JSON's strings if these escape enough.

Sources: toml.io/en/v1.0.0 (basic strings), yaml.org/spec/1.2.2 (double-quoted style, and which
characters are printable), RFC 8259.
"""

import json
import re
from collections.abc import Iterable
from typing import Final

# What JSON leaves as it is: DEL and C1 controls, line separators, byte order marks, noncharacters.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def quoted(value: str) -> str:
    """Return a value in double quotes. Half of a surrogate pair is replaced: it has no encoding."""
    text = json.dumps(_SURROGATE.sub("\ufffd", value), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def quoted_list(values: Iterable[str]) -> str:
    """Return values as an array in one line, which TOML, YAML and JSON share."""
    return f"[{', '.join(map(quoted, values))}]"


def pretty(value: object) -> str:
    """Return a JSON document."""
    return f"{json.dumps(value, indent=2)}\n"
