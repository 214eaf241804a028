"""Stands in for the worker: touches its file, tells when it stops."""

from tests.launch.fakes import answer

if __name__ == "__main__":
    answer.main("worker")
