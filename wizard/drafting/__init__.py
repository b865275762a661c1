"""A rule in the making: the steps, the answers so far, where they are kept, the forms."""
