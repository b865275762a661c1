"""Use cases on the simulated AWS and a real database."""
