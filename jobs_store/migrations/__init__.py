"""Alembic's migrations: ``env.py`` binds them to a connection, ``versions/`` holds them, named by date and what they do."""
