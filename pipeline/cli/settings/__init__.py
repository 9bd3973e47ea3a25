"""The user's config: the option that names it, which every command has, and the command that shows what holds."""
