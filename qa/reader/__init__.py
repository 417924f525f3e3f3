"""Question + windows of sentences → what the trained reader says of each, and the short answer."""
