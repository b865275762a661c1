"""The metrics as Prometheus reads them; the only module that imports its library.

Each process counts its own calls to AWS. Those of gunicorn's workers are in files of a folder,
which any of them adds up (PROMETHEUS_MULTIPROC_DIR, set by `ptcconsole serve`). The library decides
when it is imported whether it uses files, so this module is imported only where metrics are on.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    disable_created_metrics,
    make_wsgi_app,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from wizard.backend import attempts
from wizard.backend.regions import region_codes
from wizard.services.metrics.figures import Figure, read_figures

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/metrics"
# Of a Region that no account can have; the Regions are the longest of the lists of labels.
_OTHER: Final = "other"
# Seconds: an answer of AWS usually takes a tenth, and ECR's Validate up to 30.
_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
_own: Final = CollectorRegistry()
_calls: Final = Counter(
    "ptcconsole_aws_calls",
    "Attempts of calls to AWS.",
    ("service", "region", "outcome"),
    registry=_own,
)
_seconds: Final = Histogram(
    "ptcconsole_aws_call_seconds",
    "How long AWS took to answer an attempt, or until it was given up.",
    ("service",),
    buckets=_BUCKETS,
    registry=_own,
)


def application() -> "WSGIApplication":
    """Count from now on; return what answers on the metrics address of the pages' processes.

    It has the counts of all processes, and the figures of the database.
    """
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_own)
    registry.register(DatabaseCollector())
    attempts.observe(_count)
    return _at_one_path(make_wsgi_app(registry))


def serve(host: str, port: int) -> Callable[[], None]:
    """Count from now on, and serve this process's counts; return what ends it.

    Raises OSError when the address cannot be listened on.
    """
    server, thread = start_http_server(port, host, _own)
    attempts.observe(_count)

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


class DatabaseCollector(Collector):
    """Reads the figures when it is asked. A database that does not answer is a figure, too."""

    def collect(self) -> Iterator[Metric]:
        # These are requests that Django does not see, and so does not do this for.
        close_old_connections()
        try:
            figures = read_figures()
        except (DatabaseError, InterfaceError):
            connections.close_all()
            figures = []
            yield _up(0)
        else:
            yield _up(1)
        yield from map(_family, figures)


def _up(value: float) -> Metric:
    text = "Whether the console's database answers."
    return GaugeMetricFamily("ptcconsole_database_up", text, value=value)


def _family(figure: Figure) -> Metric:
    family = GaugeMetricFamily(figure.name, figure.text, labels=figure.labels)
    for labels, value in figure.values.items():
        family.add_metric(labels, value)
    return family


def _count(attempt: attempts.Attempt) -> None:
    region = attempt.region if attempt.region in region_codes() else _OTHER
    _calls.labels(attempt.service, region, attempt.outcome.value).inc()
    _seconds.labels(attempt.service).observe(attempt.seconds)


def _at_one_path(metrics: "WSGIApplication") -> "WSGIApplication":
    """The library answers at every path, and a mistaken address would look right."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            return metrics(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"The metrics are at {PATH}.\n".encode()]

    return answer
