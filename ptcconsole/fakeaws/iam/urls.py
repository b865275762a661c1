"""moto's URL table for IAM, with the console's own response class."""

from moto.iam.urls import url_bases

from ptcconsole.fakeaws.iam.responses import AccurateResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": AccurateResponse.dispatch}
