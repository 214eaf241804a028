"""The web process: pages, JSON reads and actions, Socket.IO hints. I/O only; never imports pixels or devices."""
