"""What developers run: benchmarks, torture, locks. Not part of the installed packages."""
