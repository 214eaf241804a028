"""What the worker does in the background, one job a module with `run(context, **arguments) -> dict`.

A module may also have `clean(settings, **arguments)`, called once the job's end is in the records, and
`here(settings, **arguments) -> bool`: whether this machine has what the job needs.
"""
