"""What is made of masters that stand: kept as they were released, or given other texts."""
