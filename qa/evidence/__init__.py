"""Hits → the sentences that answer, in order, and how surely they do."""
