"""`python -m app` is the command."""

from app.cli.main import main

if __name__ == "__main__":
    main()
