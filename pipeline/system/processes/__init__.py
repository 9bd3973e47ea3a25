"""This process among others: its name, its end, the folders that it holds."""
