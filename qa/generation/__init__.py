"""Question + evidence → statements in other words than the evidence, each verified."""
