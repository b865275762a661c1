"""The Secrets Manager of the simulated AWS: moto's, with AWS's rules about secret names."""
