"""What outlives a process: job state in a database, uploads and request bodies in object storage.

Entry points: `jobs_store.database.open_database`, `jobs_store.database.migrate`, `jobs_store.storage.open_storage`.
"""
