"""Operations and their requests."""
