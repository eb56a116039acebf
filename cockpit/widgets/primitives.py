"""Rectangles and lines kept as one numpy array that Qt reads in place: a drawing call costs the same for 1 or 1,000.

The idea and the way to hand the memory over are those of `pyqtgraph.Qt.internals.PrimitiveArray` (MIT); it is written
here for the one binding and the one layout that we use, because importing that package costs a fifth of a second.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF
from shiboken6 import Shiboken

N_FIELDS: Final = 4
"""QRectF is x, y, width, height and QLineF is x1, y1, x2, y2: four doubles each, side by side."""


class Primitives:
    """Hold up to as many rectangles or lines as were ever asked for; `rows` is where they are written.

    Shapes: rows [n, 4] float64.
    """

    def __init__(self, kind: type[QRectF] | type[QLineF]) -> None:
        self._kind = kind
        self._memory: NDArray[np.float64] = np.empty((0, N_FIELDS))
        self._first: Any = None
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def resize(self, n: int) -> None:
        """Have room for `n`; what was written before is lost once the room has to grow."""
        if n > len(self._memory):
            self._memory = np.empty((max(n, 2 * len(self._memory)), N_FIELDS))
            # One wrapper for as long as the memory lives. It owns nothing; the array does.
            self._first = Shiboken.wrapInstance(self._memory.ctypes.data, self._kind)
        self._n = n

    def rows(self) -> NDArray[np.float64]:
        """Answer the rows in use, to be written into."""
        return self._memory[: self._n]

    def drawn(self) -> tuple[Any, int]:
        """Answer what `QPainter.drawRects` and `drawLines` take: the first one, and how many follow it in memory."""
        return self._first, self._n
