"""What SARIF logs have in common, for the standard's own format and for tools whose SARIF needs more."""
