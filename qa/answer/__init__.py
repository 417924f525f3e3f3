"""Ask → answer: the engine, and how statements and citations become its text."""
