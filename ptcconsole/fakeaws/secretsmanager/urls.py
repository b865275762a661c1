"""Which requests go to Secrets Manager: moto's own list. Knows nothing else."""

from moto.secretsmanager.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
