"""Text → vectors: the protocol, and the encoders that follow it."""
