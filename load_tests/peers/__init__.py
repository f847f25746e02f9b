"""Other ways of doing the same, measured beside ours in the same run on the same data."""
