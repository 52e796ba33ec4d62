"""The types that the stages exchange: frozen, standard library only, no I/O."""
