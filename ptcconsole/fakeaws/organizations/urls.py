"""moto's URL table for Organizations, with the console's own response class."""

from moto.organizations.urls import url_bases

from ptcconsole.fakeaws.organizations.responses import AccurateResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": AccurateResponse.dispatch}
