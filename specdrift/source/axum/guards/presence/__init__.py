"""What is surely in a request's extensions when a guard reads them, and what is only perhaps there."""
