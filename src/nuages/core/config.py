"""What a project may say in `deploy.toml`: one declaration for parsing, errors and documents."""
