"""Documents from outside."""
