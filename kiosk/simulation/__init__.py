"""A day in a box: a real installation, its devices simulated, its people played through its doors alone."""
