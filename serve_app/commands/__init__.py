"""The part of `phoenix-scan` that runs the service."""
