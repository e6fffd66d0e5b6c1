"""Trials: every paper of a bureau, made from the record and from data as awkward as data can be.

In: a bureau and a workspace. Out: problems, as a colleague who tried everything would tell them.
"""

from briefgen.trials.check import check_bureau
from briefgen.trials.papers import Trial, sample_trials

__all__ = ["Trial", "check_bureau", "sample_trials"]
