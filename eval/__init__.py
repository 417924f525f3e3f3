"""Data sets, metrics, runs, reports and training of the small models. Imports qa and index."""
