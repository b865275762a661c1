"""What is logged, and how: Django's LOGGING. The formats are in `logs`."""

from typing import Any, Final

from ptcconsole.logs import SILENT, TALKATIVE

# A logger without any handler would write warnings to standard error.
_SILENCE: Final = {"level": "WARNING", "handlers": ["none"], "propagate": False}

# The values of LOG_FORMAT, which are the names of formatters.
FORMATS: Final = ("line", "json")


def configuration(level: str, log_format: str) -> dict[str, Any]:
    """Return LOGGING for records of this level and above, on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "ptcconsole.logs.OneLineFormatter",
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
            "json": {"()": "ptcconsole.logs.JsonFormatter"},
        },
        "filters": {"redact": {"()": "ptcconsole.logs.Redact"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": log_format,
                "filters": ["redact"],  # guard: S3
            },
            "none": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Replaces Django's default handlers, which have no redacting filter.
            "django": {"level": "INFO"},  # guard: S3
            # At DEBUG, botocore logs request bodies, which may contain an upstream token.
            **{name: {"level": "WARNING"} for name in TALKATIVE},  # guard: S3
            # Of these, the console itself reads what a delivery ended with.
            **dict.fromkeys(SILENT, _SILENCE),  # guard: S14
        },
    }
