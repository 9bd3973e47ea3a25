"""The commands for what is finished: approved, and delivered."""
