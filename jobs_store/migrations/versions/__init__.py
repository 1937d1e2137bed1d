"""One module per migration. They stand alone: a migration written once must not change when the tables do."""
