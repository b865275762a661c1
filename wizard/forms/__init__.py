"""The forms of all pages but the wizard's steps, and the fields that forms share."""
