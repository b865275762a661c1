"""Texts for domain values: errors, choices, and remedies."""

from django.utils.functional import Promise

# A text for display, translated or lazily translated.
Text = str | Promise
