"""What is shown while a run goes on: on a terminal, and in a notebook."""
