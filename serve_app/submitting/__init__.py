"""From what a client sends to what is stored of it."""
