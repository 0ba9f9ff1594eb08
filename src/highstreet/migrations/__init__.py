"""The database's schema, step by step: one Alembic tree for SQLite and PostgreSQL.

`run.py` brings a database to the newest step. The first steps make each room's tables; until the first release
`scripts/write_migration.py initial` writes them anew. Steps only go forward: going back is restoring a backup.
"""
