"""Bins of whole numbers, as the plots draw them."""

from core.whole_numbers import Cells as Cells
from core.whole_numbers import whole_bins as whole_bins
