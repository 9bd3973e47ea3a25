"""The commands for what is finished: approved, delivered, and what services will play of it."""
