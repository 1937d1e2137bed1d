"""Limits of requests: per tenant and key, counted over all replicas."""
