"""What people see: the one door for texts to a terminal, tables, and how far a run is."""
