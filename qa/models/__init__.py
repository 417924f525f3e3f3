"""Trained files: the reader's graph and weights, the linear scores, and their model card."""
