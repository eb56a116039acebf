"""`python -m cockpit` is the program `cockpit`."""

from cockpit.cli import main

if __name__ == "__main__":
    main()
