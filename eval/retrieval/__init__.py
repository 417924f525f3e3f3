"""Questions + their corpora → search beside the plain ways to search, in one run."""
