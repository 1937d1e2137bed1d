"""What happens to a job or bulk, as frames for whoever watches."""
