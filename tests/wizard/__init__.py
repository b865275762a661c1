"""Tests of the app, laid out as the app is."""
