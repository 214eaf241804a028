"""The database that tests are given is empty and theirs alone."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE left_over (id int)"))
    engine.dispose()


def test_what_another_test_left_is_not_there(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()
