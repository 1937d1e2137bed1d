"""The types of the graph: jobs, bulks, and what belongs to them."""
