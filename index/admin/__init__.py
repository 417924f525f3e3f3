"""A data directory as a whole: checks, backups, exports, purges, reindexing, names."""
