"""A strict stand-in for the Phoenix API with memory and faults; see docs/sandbox.md."""
