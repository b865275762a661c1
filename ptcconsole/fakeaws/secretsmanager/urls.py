"""Which requests go to Secrets Manager: moto's list, to our own class. Knows nothing else."""

from moto.secretsmanager.urls import url_bases

from ptcconsole.fakeaws.secretsmanager.responses import ModelledResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": ModelledResponse.dispatch}
