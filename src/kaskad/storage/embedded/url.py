"""The URL of the server, and whether it responds."""

from __future__ import annotations

import psycopg
from psycopg import sql

from kaskad.storage.embedded.settings import HOST

ROLE = "kaskad"
DATABASE = "kaskad"


def build_url(password: str, port: int, database: str = DATABASE) -> str:
    """`postgresql://…`, in libpq's format."""
    return f"postgresql://{ROLE}:{password}@{HOST}:{port}/{database}"


def accepts_connections(address: str) -> bool:
    """Whether a connection can be made and used within two seconds."""
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(address: str) -> bool:
    """Whether the server responds and the database of this URL exists; creates a missing database."""
    try:
        with psycopg.connect(address, dbname="postgres", connect_timeout=2, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError:
        return False
    return True
