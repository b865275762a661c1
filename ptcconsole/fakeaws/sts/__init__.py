"""The STS of the simulated AWS: moto's, with trust policies enforced."""
