"""How fast it is, measured on this machine: ``python -m benchmarks`` lists what there is to measure."""
