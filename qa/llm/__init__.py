"""Settings → a language model that answers: the embedded llama.cpp server or any endpoint."""
