"""The Django project: settings, URLs, WSGI entry point, logging, and `make run`."""
