"""Observations and clicks become alarms."""
