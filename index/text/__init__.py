"""Transcript → sentences and passages: the units of citation and of retrieval."""
