"""gunicorn's own log, in the format of the console's and without credentials.

LOG_FORMAT is read from the environment: gunicorn's first process has no Django settings, and
`ptcconsole serve` puts it there. The access log has one-time links in its addresses, which are
removed as everywhere.
"""

import logging
import os
from typing import Any

from gunicorn import glogging

from ptcconsole.logs import JsonFormatter, OneLineFormatter, Redact


class ConsoleLogger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger with the console's formatters and filter."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log, line_format in (
            (self.error_log, self.error_fmt),
            (self.access_log, self.access_fmt),
        ):
            for handler in log.handlers:
                handler.setFormatter(_formatter(line_format, self.datefmt))
                handler.addFilter(Redact())  # guard: S3


def _formatter(line_format: str, time_format: str) -> logging.Formatter:
    if os.environ.get("LOG_FORMAT") == "json":
        return JsonFormatter()
    return OneLineFormatter(line_format, time_format)
