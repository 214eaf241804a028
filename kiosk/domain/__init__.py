"""Rules without I/O: numbers, states, screening, refusals, dates. Imports nothing else of this project."""
