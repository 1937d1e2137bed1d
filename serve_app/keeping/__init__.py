"""Answers that are kept: shared by all replicas, and never older than what they are about."""
