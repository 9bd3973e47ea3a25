"""The descriptors of a DDP fileset, byte by byte: DDPID, DDPMS and PQDESCR, each a table of fields."""
