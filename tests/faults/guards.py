"""The lines that keep a promise: how they are marked, and the code that remains without one.

A marker is a comment at the end of the line where the guard begins, or where the brackets that it
opens are closed, because the formatter puts it there.

    Python        `if name in taken:  # guard: I3`     the whole statement becomes `pass`
                  `@require_POST  # guard: H3`         the decorator's line is removed
                  `except ClientError:  # guard: F4`   the exception is raised again: `raise`
                  `"wizard.middleware.X",  # guard: H1`  a line that is no statement is removed
    templates     `... {# guard: S4 #}`                the line is removed
    JavaScript    `... // guard: S4`                   the line is removed
    CSS           `... /* guard: S4 */`                the line is removed
    Makefile, CI  `... # guard: P1`                    the line is removed

Several numbers are separated by spaces: `# guard: H1 H7`. A marker is an error if the file is not
well-formed without its line, because removing it would prove nothing.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PYTHON, TEMPLATE, SCRIPT, STYLE, SHELL = ".py", ".html", ".js", ".css", ""
_NUMBERS = r"guard:\s*([A-Z]\d+(?:\s+[A-Z]\d+)*)\s*"
_MARKERS = {
    TEMPLATE: re.compile(rf"\{{#\s*{_NUMBERS}#\}}\s*$"),
    SCRIPT: re.compile(rf"//\s*{_NUMBERS}$"),
    STYLE: re.compile(rf"/\*\s*{_NUMBERS}\*/\s*$"),
    PYTHON: re.compile(rf"#\s*{_NUMBERS}$"),
    SHELL: re.compile(rf"#\s*{_NUMBERS}$"),
}
# A comment that looks like a marker; one that does not match the pattern above is an error.
_MEANT = re.compile(r"(?:#|//|/\*)\s*guard\s*:", re.IGNORECASE)

# Where guards are searched for. The simulated AWS has none.
_TREES = ("wizard", "ptcconsole", "templates", "static")
_FILES = ("Makefile", ".ci/run", "tests/scan/audit.py", "tests/scan/bill.py")
_NOT_OURS = "ptcconsole/fakeaws"


class BadGuard(Exception):
    """A marker is malformed, or its line cannot be removed; the text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One marked line; its file is relative to the project."""

    path: Path
    line: int
    numbers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def guards_of(root: Path) -> list[Guard]:
    """Every marked line of the project."""
    return [guard for path in _guarded_files(root) for guard in guards_in(root, path)]


def _guarded_files(root: Path) -> Iterator[Path]:
    """Yield the files that may have guards, relative to the root."""
    for tree in _TREES:
        for path in sorted((root / tree).rglob("*.*")):
            relative = path.relative_to(root)
            if path.suffix in _MARKERS and not relative.is_relative_to(_NOT_OURS):
                yield relative
    yield from (Path(name) for name in _FILES if (root / name).is_file())


def guards_in(root: Path, path: Path) -> Iterator[Guard]:
    """The marked lines of one file, which is named relative to the root."""
    text = (root / path).read_text(encoding="utf-8")
    marker = _MARKERS[path.suffix]
    comments = _python_comments(text) if path.suffix == PYTHON else enumerate(_lines(text), 1)
    for number, comment in comments:
        if found := marker.search(comment.rstrip()):
            yield Guard(path=path, line=number, numbers=tuple(found[1].split()))
        elif _MEANT.search(comment):
            raise BadGuard(f"{path}:{number}: not a marker of a guard: {comment.strip()}")


def _lines(text: str) -> list[str]:
    """The lines with their ends, counted as Python's parser counts them."""
    return io.StringIO(text).readlines()


def _python_comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield comments only; a string that contains a marker is not a marker."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def without(guard: Guard, text: str) -> str:
    """Return the text of the guard's file without the guard."""
    kind = guard.path.suffix
    if kind == PYTHON:
        return _python_without(guard, text)
    lines = _lines(text)
    line = lines.pop(guard.line - 1)
    if not _is_whole(kind, line):
        raise BadGuard(f"{guard}: the line is not complete in itself: {line.strip()}")
    return "".join(lines)


# --- Python ---------------------------------------------------------------------------------------


def _python_without(guard: Guard, text: str) -> str:
    lines = _lines(text)
    tree = ast.parse(text, filename=str(guard))
    first, last, instead = _extent(tree, lines, guard.line)
    changed = "".join([*lines[: first - 1], *instead, *lines[last:]])
    try:
        ast.parse(changed)
    except SyntaxError as error:
        line = lines[guard.line - 1].strip()
        raise BadGuard(f"{guard}: cannot be taken out, the rest is no Python: {line}") from error
    return changed


def _extent(tree: ast.Module, lines: list[str], line: int) -> tuple[int, int, list[str]]:
    """Return the first line, the last line, and their replacement."""
    closes = lines[line - 1].lstrip().startswith((")", "]", "}"))
    for decorator in _decorators(tree):
        if line == decorator.lineno or (closes and line == decorator.end_lineno):
            return decorator.lineno, decorator.end_lineno or line, []
    for handler in _handlers(tree):
        if line == handler.lineno:
            return _extent_of_handler(handler, lines)
    statement = _statement_at(tree, line, closes=closes)
    if statement is None:
        return line, line, []
    begin = lines[statement.lineno - 1]
    indent = begin[: statement.col_offset]
    instead = [f"{indent}pass\n"]
    if begin.lstrip().startswith("elif"):
        instead = [f"{indent}else:\n", f"{indent}    pass\n"]
    return _first_line(statement), statement.end_lineno or line, instead


def _decorators(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        yield from getattr(node, "decorator_list", [])


def _handlers(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))


def _extent_of_handler(handler: ast.ExceptHandler, lines: list[str]) -> tuple[int, int, list[str]]:
    """An exception handler is removed by re-raising the exception."""
    body = handler.body[0]
    instead = [f"{lines[body.lineno - 1][: body.col_offset]}raise\n"]
    return body.lineno, handler.end_lineno or body.lineno, instead


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _statement_at(tree: ast.Module, line: int, *, closes: bool) -> ast.stmt | None:
    """The outermost statement that begins on that line, or whose brackets close on it."""
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    found = [node for node in statements if node.lineno == line]
    if not found and closes:
        found = [node for node in statements if node.lineno < line and _head_ends(node, line)]
    return min(found, key=lambda node: node.col_offset, default=None)


def _head_ends(statement: ast.stmt, line: int) -> bool:
    """Whether that line, which closes a bracket, is the last one before the statement's body."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    if not body:
        return line == statement.end_lineno
    inner = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.expr)]
    return max((node.end_lineno or 0 for node in inner), default=0) <= line < _first_line(body[0])


# --- Everything else, a line at a time ------------------------------------------------------------

_TAG = re.compile(r"\{%-?\s*(\w+)")
_OPENING = {
    *("autoescape", "block", "blocktranslate", "blocktrans", "comment", "filter", "for", "if"),
    *("ifchanged", "language", "localize", "localtime", "spaceless", "timezone", "verbatim"),
    *("with",),
}
_BETWEEN = {"else", "elif", "empty", "plural"}
_PAIRS = ("()", "[]", "{}")


def _is_whole(kind: str, line: str) -> bool:
    """Whether brackets and blocks of the line also end on it, so that it is removable alone."""
    if kind == TEMPLATE:
        return _tags_are_closed(line)
    if kind in (SCRIPT, STYLE):
        return all(line.count(pair[0]) == line.count(pair[1]) for pair in _PAIRS)
    return True


def _tags_are_closed(line: str) -> bool:
    names = Counter(_TAG.findall(line))
    opened = {name: count for name, count in names.items() if name in _OPENING}
    closed = {
        name.removeprefix("end"): count for name, count in names.items() if name.startswith("end")
    }
    return opened == closed and (bool(opened) or not _BETWEEN.intersection(names))
