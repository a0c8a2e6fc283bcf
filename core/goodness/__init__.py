"""How good a fit is: rows against the fitted distribution, tests by refitted simulation, sureness of memberships."""

from core.goodness.classification import Classification as Classification
from core.goodness.classification import classification as classification
from core.goodness.judgement import Goodness as Goodness
from core.goodness.judgement import goodness as goodness
