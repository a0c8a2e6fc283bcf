"""What parameters are held to: fixed, tied, bounded, ordered, kept from collapse. As data, honoured by every M step."""

from core.constraints.constraints import NONE as NONE
from core.constraints.constraints import Constraints as Constraints
