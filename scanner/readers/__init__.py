"""One reader for each physical shape of a document."""
