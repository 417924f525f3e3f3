"""Alembic migrations of the database; ``index.store.database`` runs them when it opens one."""
