"""What a user typed → a question that can be answered, and what it asks for."""
