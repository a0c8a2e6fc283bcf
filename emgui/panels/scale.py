"""How numbers are drawn, and the ticks between."""

from core.scale import Scale as Scale
from core.ticks import tick_texts as tick_texts
from core.ticks import ticks as ticks
