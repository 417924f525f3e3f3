"""Question → evidence → verified answer. Imports index."""
