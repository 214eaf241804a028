"""What is kept: tables, migrations, named queries, the audit chain and the vault of files."""
