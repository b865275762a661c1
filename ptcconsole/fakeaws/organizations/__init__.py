"""The Organizations of the simulated AWS: moto's, with AWS's rules about who may list accounts."""
