"""Bytes of ID card readers without any I/O: frames, commands and their answers, the text on the card."""
