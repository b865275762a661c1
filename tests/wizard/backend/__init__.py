"""The boto3 calls against the simulated AWS."""
