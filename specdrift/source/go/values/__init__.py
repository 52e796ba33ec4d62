"""The values of the evaluator."""
