"""Measurements of the service, and the reports that they are made on."""
