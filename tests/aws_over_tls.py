"""The simulated AWS over TLS, for consoles with production settings, which refuse plain http."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ptcconsole.fakeaws.server import FakeAws
from tests.scan.certificate import make_certificate


@contextmanager
def over_tls(aws: FakeAws, folder: Path) -> Iterator[str]:
    """Serve the simulated AWS over TLS; return its address.

    `certificate.pem` in the folder is its certificate, for AWS_CA_BUNDLE.
    """
    certificate = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server = aws.over_tls(context)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
