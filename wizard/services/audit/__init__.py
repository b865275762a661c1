"""The audit trail: how a change is written down, read again, and verified."""
