"""The Django project: settings, URLs, WSGI entry point, logging, and the command `ptcconsole`."""

__version__ = "0.1.0"
