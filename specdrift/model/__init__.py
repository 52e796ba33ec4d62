"""The types that travel between the stages: frozen, standard library only, no behaviour that does I/O."""
