"""Questions + their corpora → search compared with plain ways to search, in one run."""
