"""Tests of the simulated AWS over HTTP, as any AWS client uses it."""
