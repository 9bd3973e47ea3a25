"""A package for a receiver of DDEX messages: what is sent, what the message says of it, whether it is right."""
