"""The packaged program: what `cockpit` is after installation, and what its worker processes start from."""

from __future__ import annotations

import multiprocessing

from cockpit.__main__ import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a spawned worker is this same program; it must not open a window
    main()
