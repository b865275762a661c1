"""moto's URL table for STS, with the console's own response class."""

from moto.sts.urls import url_bases

from ptcconsole.fakeaws.sts.responses import TrustingNobodyResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": TrustingNobodyResponse.dispatch}
