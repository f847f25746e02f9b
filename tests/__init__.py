"""What the house promises, written so that a machine can check it."""
