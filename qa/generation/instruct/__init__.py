"""Whole answers by a model that follows instructions, read as they stream in."""
