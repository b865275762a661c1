"""Alerts: which are due, by which channels they leave the console, and what was delivered."""
