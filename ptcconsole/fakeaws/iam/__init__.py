"""The IAM of the simulated AWS: moto's, with the service-linked role as AWS names it."""
