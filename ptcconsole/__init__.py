"""The project: settings, URLs, the server's entry point and what starts it."""
