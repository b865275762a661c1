"""Which requests go to our ECR: the same as moto's, to our own class. Knows nothing else."""

from moto.ecr.urls import url_bases

from ptcconsole.fakeaws.ecr.responses import PullThroughCacheResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": PullThroughCacheResponse.dispatch}
