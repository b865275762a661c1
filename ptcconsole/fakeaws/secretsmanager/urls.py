"""moto's URL table for Secrets Manager, with the console's own response class."""

from moto.secretsmanager.urls import url_bases

from ptcconsole.fakeaws.secretsmanager.responses import ModelledResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": ModelledResponse.dispatch}
