"""The web form: records → what a page shows → HTML that needs no JavaScript."""
