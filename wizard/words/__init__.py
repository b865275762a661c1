"""Texts for domain values: errors, choices, and remedies. Others import from this package only."""

from wizard.words.accounts import account_problem_text
from wizard.words.choices import (
    REFUSED_SECRETS,
    SECRET_NOTES,
    TRUST_NOTES,
    name_warning,
    overlap_text,
    prefix_text,
    role_label,
    root_text,
    root_warning,
    secret_label,
    secret_notes,
)
from wizard.words.clients import OMISSIONS
from wizard.words.converter import KIND_LABELS, ROUTES, file_problem_text, unconverted_text
from wizard.words.credential_tests import JudgedLogin, judged_login, untested_login
from wizard.words.errors import (
    RETRY_AFTER_SECONDS,
    ErrorView,
    error_line,
    error_view,
    identifier_text,
    image_text,
)
from wizard.words.help import HELP_OF_FIELDS, HELP_TOPICS, HelpTopic
from wizard.words.imports import import_problem_text, invalid_rule_text, members_text
from wizard.words.lifecycle import (
    ACTIONS,
    STORAGE_CLASSES,
    condition_text,
    fault_text,
    selection_text,
)
from wizard.words.moments import day_in_brief, day_in_full, day_of_year, in_utc, zone_of
from wizard.words.pasted import WRAPPINGS, invisible_text, wrong_kind_text
from wizard.words.remedies import (
    CURE_LABELS,
    CURE_REQUESTS,
    Cure,
    FailureReason,
    error_reason,
    failure_reason,
    problem_reason,
    reason_of_key,
)
from wizard.words.templates import (
    APPLIED_FOR_LABELS,
    ENCRYPTION,
    MUTABILITY,
    ROLE_PROBLEMS,
    SETTING_LABELS,
    TRAPS,
    around_texts,
    json_text,
)
from wizard.words.texts import Text, numbered
from wizard.words.times import time_since

__all__ = [
    "ACTIONS",
    "APPLIED_FOR_LABELS",
    "CURE_LABELS",
    "CURE_REQUESTS",
    "ENCRYPTION",
    "HELP_OF_FIELDS",
    "HELP_TOPICS",
    "KIND_LABELS",
    "MUTABILITY",
    "OMISSIONS",
    "REFUSED_SECRETS",
    "RETRY_AFTER_SECONDS",
    "ROLE_PROBLEMS",
    "ROUTES",
    "SECRET_NOTES",
    "SETTING_LABELS",
    "STORAGE_CLASSES",
    "TRAPS",
    "TRUST_NOTES",
    "WRAPPINGS",
    "Cure",
    "ErrorView",
    "FailureReason",
    "HelpTopic",
    "JudgedLogin",
    "Text",
    "account_problem_text",
    "around_texts",
    "condition_text",
    "day_in_brief",
    "day_in_full",
    "day_of_year",
    "error_line",
    "error_reason",
    "error_view",
    "failure_reason",
    "fault_text",
    "file_problem_text",
    "identifier_text",
    "image_text",
    "import_problem_text",
    "in_utc",
    "invalid_rule_text",
    "invisible_text",
    "json_text",
    "judged_login",
    "members_text",
    "name_warning",
    "numbered",
    "overlap_text",
    "prefix_text",
    "problem_reason",
    "reason_of_key",
    "role_label",
    "root_text",
    "root_warning",
    "secret_label",
    "secret_notes",
    "selection_text",
    "time_since",
    "unconverted_text",
    "untested_login",
    "wrong_kind_text",
    "zone_of",
]
