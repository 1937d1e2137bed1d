"""From a file to documents, whatever their shape: archives, encodings, scratch space."""
