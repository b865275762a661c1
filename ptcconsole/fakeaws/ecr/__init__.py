"""The ECR of the simulated AWS: moto's, plus the five pull through cache operations.

It has the layout of a moto service and can be removed when moto has these operations.
"""
