"""The wizard: a page for each step, the review and Create, and the ways to begin and to leave."""
