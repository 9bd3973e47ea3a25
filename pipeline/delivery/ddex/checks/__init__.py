"""Whether a message is right: its form, what it says, the files that it names, and the official schema if there is."""
