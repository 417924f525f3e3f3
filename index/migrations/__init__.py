"""Alembic migrations of the database; ``index.database`` runs them when it opens one."""
