"""One module per step of the wizard: its form, its page, and its answers on the review."""
