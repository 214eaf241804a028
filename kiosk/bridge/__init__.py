"""The device process: camera, ID reader, thermometer, photo engine, spool, and its link to the web process."""
