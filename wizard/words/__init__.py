"""What a person reads about values of the domain: errors, choices, and advice; the forms ask it."""

from django.utils.functional import Promise

# A text for a person, translated or to be translated when it is shown.
Text = str | Promise
