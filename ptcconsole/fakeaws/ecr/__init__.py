"""The ECR service of the simulated AWS: moto's, plus the five pull through cache operations.

Laid out as a moto service, so that the day moto has these operations this folder can go.
"""
