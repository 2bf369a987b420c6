"""`python -m stackctl`."""

from stackctl.cli.main import main

if __name__ == "__main__":
    main()
