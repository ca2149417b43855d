"""Snapshots become pixels; clicks become commands."""
