"""What goes over HTTP, as pydantic has it."""
