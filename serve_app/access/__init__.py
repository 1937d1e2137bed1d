"""What the one who asks may do, and what is noted of it."""
