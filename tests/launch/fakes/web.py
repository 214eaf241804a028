"""Stands in for the web process: answers /healthz, tells when it stops."""

from tests.launch.fakes import answer

if __name__ == "__main__":
    answer.main("web")
