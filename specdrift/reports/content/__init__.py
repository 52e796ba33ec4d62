"""The content that all report formats share."""
