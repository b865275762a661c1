"""Alerts: when they are created, how they are delivered, and by which channels."""
