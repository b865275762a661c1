"""The pages of rotations: the plan, the result, what remains to be done, and the list."""
