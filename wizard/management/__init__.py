"""Commands for those who run the console."""
