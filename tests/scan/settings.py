"""Production settings for the scanned console, with a simulated AWS.

Production settings refuse a simulated AWS, so boto3's endpoint is set after they were loaded.
"""

import os

_endpoint = os.environ.pop("AWS_ENDPOINT_URL", "")

from ptcconsole.settings import *  # noqa: F403

if _endpoint:
    os.environ["AWS_ENDPOINT_URL"] = _endpoint
