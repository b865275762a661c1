"""The pages of imports: the text, its plan, and the result."""
