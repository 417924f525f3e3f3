"""Sources → stored, findable documents, at once or as jobs."""
