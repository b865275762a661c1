"""The adapters of AWS: boto3 calls that take and return domain values and raise domain errors."""
