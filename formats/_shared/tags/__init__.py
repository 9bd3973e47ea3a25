"""Tags of every system: one table says where each field of a manifest stands, and each system has its writer."""
