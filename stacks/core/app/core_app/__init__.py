"""The app of the core stack: items kept in MongoDB, read through a Redis cache, traced and measured.

Nothing is imported here: `python -m core_app.health` runs every few seconds and must start in milliseconds.
"""
