"""The boto3 calls, with the simulated AWS."""
