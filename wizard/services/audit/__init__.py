"""The audit trail: writing, reading and verification. Others import from this package only."""

from wizard.services.audit.logged_heads import last_logged_head
from wizard.services.audit.pruning import prune
from wizard.services.audit.reading import (
    AuditFilter,
    AuditLine,
    LineOutcome,
    Sort,
    all_lines,
    count_events,
    find_lines,
    known_actions,
    rule_history,
    usernames_with,
)
from wizard.services.audit.refusals import close_refusals, record_refusal
from wizard.services.audit.repair import repair
from wizard.services.audit.verdict import Head, Kind, Problem, Verdict
from wizard.services.audit.verification import current_head, verify
from wizard.services.audit.writing import (
    audited,
    close_cut_off,
    close_intent,
    record_event,
    rule_facts,
)

__all__ = [
    "AuditFilter",
    "AuditLine",
    "Head",
    "Kind",
    "LineOutcome",
    "Problem",
    "Sort",
    "Verdict",
    "all_lines",
    "audited",
    "close_cut_off",
    "close_intent",
    "close_refusals",
    "count_events",
    "current_head",
    "find_lines",
    "known_actions",
    "last_logged_head",
    "prune",
    "record_event",
    "record_refusal",
    "repair",
    "rule_facts",
    "rule_history",
    "usernames_with",
    "verify",
]
