"""Operations: what a confirmed wizard changes in AWS, Region by Region, exactly once.

The views and the background tasks ask; nothing else does. The modules stand on each other in this
order: `leases` and `calls`; `journal`, `lookups` and `plans`; `secret_steps`, `rule_steps` and
`claims`; `running`, `replicas` and `comparing`; `batches`; `confirming` and `recovery`.
"""
