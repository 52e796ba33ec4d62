"""The view model of the HTML page: every decision is made here, so that templates make none."""
