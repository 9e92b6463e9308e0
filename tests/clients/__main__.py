"""`python -m tests.clients`: installs the stock clients that the tests beside it run."""

from __future__ import annotations

from tests.clients.installed import install

if __name__ == "__main__":
    install()
