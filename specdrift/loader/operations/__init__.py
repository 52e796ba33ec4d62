"""Operations and the requests they describe."""
