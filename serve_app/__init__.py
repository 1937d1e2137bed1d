"""The edge: HTTP and WebSocket, as a Ray Serve deployment, and the commands that run the service.

Entry points: `serve_app.app.create_app`, `serve_app.deployment.deploy`, `serve_app.commands.service`.
"""
