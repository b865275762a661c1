"""The forms of all pages except the wizard's steps, and the form fields that they share."""
