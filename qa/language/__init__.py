"""Text → what its words mean to the rest of ``qa``, read the same everywhere."""
