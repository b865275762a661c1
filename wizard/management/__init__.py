"""Management commands for the operators of the console."""
