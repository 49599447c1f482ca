"""The estate: reads, types and cross-checks the files; no other room parses YAML.

Loads in milliseconds, without any network or cluster.
"""

from kogge.estate.estate import Estate, Grant
from kogge.estate.load import InvalidEstate, Loaded, load_estate, require_estate
from kogge.estate.problem import Problem, ProblemSeverity

__all__ = ["Estate", "Grant", "InvalidEstate", "Loaded", "Problem", "ProblemSeverity", "load_estate", "require_estate"]
