"""What several deliverables share."""
