"""What is run by hand: `python -m commands.NAME`."""
