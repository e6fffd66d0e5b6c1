"""`python -m briefgen` is the command line."""

from briefgen.cli import run

if __name__ == "__main__":
    run()
