"""Structure-aware fuzzing of everything that reads what others wrote: `./dev fuzz [MINUTES]`."""
