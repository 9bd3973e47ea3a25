"""Many albums: what lies in an inbox, what each needs, who works at it, and what came of all."""
