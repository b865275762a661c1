"""Tests of the app, in the same folders as the app."""
