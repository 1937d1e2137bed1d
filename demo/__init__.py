"""The service at work on one machine, from reports that are made up to findings that are counted: ``make demo``."""
