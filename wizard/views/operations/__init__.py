"""Operations: the list, the page of what was confirmed together, and what a person can do there."""
