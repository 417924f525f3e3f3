"""Training of the small models: data in the documented form → the files in ``qa/models``."""
