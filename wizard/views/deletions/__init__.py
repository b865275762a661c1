"""Deletions of rules: the question, the progress, the results with Retry, and the list."""
