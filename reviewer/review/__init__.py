"""What people look at while they decide."""
