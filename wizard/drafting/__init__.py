"""The wizard's drafts: plans of steps, answers, storage, and one module per step."""
