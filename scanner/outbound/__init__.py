"""Where requests that the service makes may go: Phoenix, and receivers of webhooks."""
