"""The ways in: HTTP, the web form, the command line."""
