"""Production's own settings for the console that is scanned, with the AWS behind it simulated.

Production refuses a simulated AWS, so boto3 is told of it after the settings have been read.
"""

import os

_endpoint = os.environ.pop("AWS_ENDPOINT_URL", "")

from ptcconsole.settings import *  # noqa: F403

if _endpoint:
    os.environ["AWS_ENDPOINT_URL"] = _endpoint
