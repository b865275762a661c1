"""Use cases: one module per noun, functions named verb_noun. They do not catch AWS's errors."""
