"""A room for each physical shape that a report can have, all behind the interface in `scanner.shapes.shape`."""
