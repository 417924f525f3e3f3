"""The interfaces: HTTP, the web form, the command line."""
