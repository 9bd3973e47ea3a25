"""What people see in rows and columns, each kind of it in a module."""
