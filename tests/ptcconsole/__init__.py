"""Tests of the project around the app: settings, the runner, production."""
