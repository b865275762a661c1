"""Which requests go to our STS: the same as moto's, to our own class. Knows nothing else."""

from moto.sts.urls import url_bases

from ptcconsole.fakeaws.sts.responses import TrustingNobodyResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": TrustingNobodyResponse.dispatch}
