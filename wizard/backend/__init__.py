"""The boto3 calls and nothing else: domain values in, domain values or domain errors out."""
