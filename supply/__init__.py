"""What the service is made of that is not ours: locked by hashes, listed with licences, looked up in what is known of it."""
