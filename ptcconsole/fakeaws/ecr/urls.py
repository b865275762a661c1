"""moto's URL table for ECR, with the console's own response class."""

from moto.ecr.urls import url_bases

from ptcconsole.fakeaws.ecr.responses import PullThroughCacheResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": PullThroughCacheResponse.dispatch}
