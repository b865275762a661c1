"""How far AWS's clock and the console's may differ."""

from datetime import timedelta
from typing import Final

# AWS refuses requests that were signed at a time further from its own than this.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
