"""The type of all texts for display."""

from django.utils.functional import Promise

# A text for display, translated or lazily translated.
Text = str | Promise
