"""The JSON format of the log: one object per line, with as few secrets as the line format."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ptcconsole.logs import JsonFormatter, Redact
from wizard.domain import request_ids

HOSTILE = (
    "one\ntwo",
    'quotes " and \\ and {"level": "CRITICAL"}',
    "\x1b[31mred \x00 \x7f",
    "right to left \u202e and a line \u2028 separator",
    "half of a pair \ud800",
)
# It has no parent: pytest would keep the texts, and its workers cannot pass half of a pair on.
LOGGER = logging.Logger("wizard.test_logs")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\ud800-\udfff]")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a handler as in the settings writes, in the JSON format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redact())
    handler.setFormatter(JsonFormatter())
    LOGGER.addHandler(handler)
    yield written
    LOGGER.removeHandler(handler)


def the_record(log: io.StringIO) -> dict[str, Any]:
    (line,) = log.getvalue().splitlines()
    record = json.loads(line)
    assert isinstance(record, dict)
    return record


def test_a_record_has_its_time_in_utc_and_no_empty_members(log: io.StringIO) -> None:
    LOGGER.warning("Größe %d", 10)
    record = the_record(log)
    moment = record.pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert record == {"level": "WARNING", "logger": "wizard.test_logs", "message": "Größe 10"}


@pytest.mark.promise("D3")
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_leaves_its_line_or_its_member(log: io.StringIO, text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        LOGGER.exception("said %s", text, stack_info=True)
    written = log.getvalue()
    assert CONTROLS.search(written.removesuffix("\n")) is None
    record = the_record(log)
    assert set(record) == {"time", "level", "logger", "message", "exception", "stack"}
    assert CONTROLS.search(record["message"]) is None
    lines = record["exception"].split("\n")
    assert lines[0] == "Traceback (most recent call last):"
    assert any(line.startswith("ValueError: ") for line in lines)
    assert CONTROLS.search("".join(lines)) is None


@pytest.mark.promise("S3")
def test_credentials_are_removed_from_message_and_exception(log: io.StringIO) -> None:
    try:
        raise ValueError('{"SecretString": "canary-token"}')
    except ValueError:
        LOGGER.exception("Authorization: Bearer canary-token-0123456789")
    assert "canary" not in log.getvalue()
    assert the_record(log)["message"] == "Authorization: [redacted]"


@pytest.mark.promise("S9")
def test_the_texts_of_exceptions_of_aws_libraries_are_left_out() -> None:
    """Also by the formatter alone, where no filter has been before it."""
    text = "-".join(("canary", "token"))  # a traceback has the source
    namespace: dict[str, Any] = {"__name__": "botocore.made_up"}
    exec("class Loud(Exception): ...", namespace)
    try:
        raise namespace["Loud"](text)
    except namespace["Loud"]:
        record = logging.LogRecord("wizard", 40, "", 1, "failed", (), sys.exc_info())
    written = json.loads(JsonFormatter().format(record))
    assert text not in json.dumps(written)
    assert "(text left out)" in written["exception"]


def test_a_record_names_the_request_that_its_thread_works_for(log: io.StringIO) -> None:
    request_id = request_ids.begin("0123456789abcdef")
    try:
        LOGGER.warning("inside")
    finally:
        request_ids.end()
    assert the_record(log)["request_id"] == request_id
