"""What a type checker says of the public names: see ``public.py``."""
