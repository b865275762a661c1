"""Use cases: one module per noun, functions named verb_noun. Errors of AWS rise through them."""
