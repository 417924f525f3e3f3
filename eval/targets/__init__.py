"""What is evaluated: protocols, and two ways to reach a service (in process, over HTTP)."""
