"""Source file → Transcript → Passages → searchable. Imports nothing else of ours."""
