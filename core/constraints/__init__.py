"""What parameters are held to: fixed, tied, bounded, ordered, kept from collapse. As data, honoured by every M step."""

from core.constraints.constraint import Bound as Bound
from core.constraints.constraint import Constraint as Constraint
from core.constraints.constraint import Fix as Fix
from core.constraints.constraint import Floor as Floor
from core.constraints.constraint import Order as Order
from core.constraints.constraint import Prior as Prior
from core.constraints.constraint import Tie as Tie
from core.constraints.constraints import NONE as NONE
from core.constraints.constraints import Constraints as Constraints
from core.constraints.parsing import parse as parse
