"""Bulks: many reports ordered at once, which become jobs in the background, are queued a window at a time, and counted."""
