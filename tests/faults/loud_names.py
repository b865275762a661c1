"""What the loud settings and their test both know; the settings themselves are imported nowhere."""

# The header by which a request asks to fail.
BREAK_HEADER = "X-Break"
