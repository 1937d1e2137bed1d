"""What helps to write a format as data: proposing one for a report, and checking what one makes of reports."""
