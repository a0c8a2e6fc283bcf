"""Numbers as a person reads them, the same in the window as in reports."""

from core.formatting import DIGITS as DIGITS
from core.formatting import MINUS as MINUS
from core.formatting import column as column
from core.formatting import count as count
from core.formatting import criterion as criterion
from core.formatting import digits as digits
from core.formatting import listed as listed
from core.formatting import log_likelihood as log_likelihood
from core.formatting import number as number
from core.formatting import parsed as parsed
from core.formatting import passes as passes
from core.formatting import scientific as scientific
from core.formatting import short as short
