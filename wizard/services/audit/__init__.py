"""The audit trail: writing, reading and verifying it."""
