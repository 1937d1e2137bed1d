"""The service on one machine: its data folder, its local Ray, its start and its end."""
