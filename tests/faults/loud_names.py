"""Constants that the `loud` settings share with their test, which cannot import the settings."""

# The header by which a request asks to fail.
BREAK_HEADER = "X-Break"
