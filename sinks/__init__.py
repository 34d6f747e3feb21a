"""Topics to ClickHouse: loader, migrations, reports; the SQL is in sql/."""
