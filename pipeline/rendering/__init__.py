"""Makes sound from a plan: assembled, driven, limited as one programme, dithered."""
