"""Operations: the list, the page of a batch, and the actions of a person on it."""
