"""A follow-up + what was said before → a question that stands alone."""
