"""Which requests go to IAM: moto's own list. Knows nothing else."""

from moto.iam.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
