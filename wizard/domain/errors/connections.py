"""Errors of the way to AWS: certificates, proxies, and answers that are not AWS's.

They are not failures of a Region.
"""

from wizard.domain.errors.aws import RegionUnreachable
from wizard.domain.texts import gettext_noop as _


class CertificateNotTrusted(RegionUnreachable):
    """The TLS certificate was not verified. Nothing was sent."""

    title = _("The certificate of the AWS endpoint is not trusted")
    remedy = _(
        "If a proxy or firewall of your network inspects TLS, set AWS_CA_BUNDLE to a PEM file that"
        " contains its certificate authority, and restart the console. Otherwise check the clock"
        " and the certificates of the console's server. Nothing was sent."
    )
    status = 502


class ProxyUnreachable(RegionUnreachable):
    """The proxy of HTTPS_PROXY or HTTP_PROXY did not let the connection through."""

    title = _("The proxy between the console and AWS doesn't respond")
    remedy = _(
        "On the server, check the address, port, user, and password in HTTPS_PROXY and"
        " HTTP_PROXY. In NO_PROXY, list the hosts that the console reaches directly, such as"
        " VPC endpoints."
    )
    status = 502


class AnswerOfAnother(RegionUnreachable):
    """The response is not AWS's: it has no request ID, and not the service's format."""

    title = _("Another system answered instead of AWS")
    remedy = _(
        "A proxy, a firewall, or a sign-in page of your network can cause this. On the"
        " server, check HTTPS_PROXY, NO_PROXY, and AWS_ENDPOINT_URL, and make sure that the"
        " network doesn't change requests to amazonaws.com. The console doesn't know whether"
        " AWS received the call."
    )
    status = 502
