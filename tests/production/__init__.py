"""Journeys of people on a console as production runs it; see `conftest.py`."""
