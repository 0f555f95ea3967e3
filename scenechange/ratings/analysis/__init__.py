"""Statistics of appeal ratings: pure functions on tables of votes, comparisons and choices.

Needs the extra `analysis` (scipy, evalica, crowd-kit, matplotlib); each is imported where it is first used.
"""

from scenechange.ratings.analysis.agreement import (
    intraclass_correlations,
    krippendorff_alpha,
    repeatability,
    shrout_fleiss,
    sos_parameter,
)
from scenechange.ratings.analysis.categories import dawid_skene
from scenechange.ratings.analysis.choices_report import analyse_choices
from scenechange.ratings.analysis.comparison import bradley_terry, jod, likelihood_screening, thurstone
from scenechange.ratings.analysis.detection import Choices, choice_sensitivity, sensitivity, timed_untimed
from scenechange.ratings.analysis.gold import gold_screening
from scenechange.ratings.analysis.leaderboard import leaderboard
from scenechange.ratings.analysis.learning import learning_curve, votes_for, votes_for_reliability
from scenechange.ratings.analysis.left_out import leave_out_fields, leave_out_votes
from scenechange.ratings.analysis.opinion import bootstrap_opinion_scores, mean_opinion_scores
from scenechange.ratings.analysis.other_tables import read_best_less_worst, read_best_worst, read_choices, read_fooled
from scenechange.ratings.analysis.pair_board import pair_board
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.pairs_report import analyse_pairs
from scenechange.ratings.analysis.report import analyse
from scenechange.ratings.analysis.screening import (
    bt500_screening,
    bt500_sparse_screening,
    correlation_screening,
    correlation_sparse_screening,
    p913_screening,
    rater_bias,
    time_screening,
    without_bias,
)
from scenechange.ratings.analysis.stopping import (
    Decision,
    StopRule,
    are_pairs_separated,
    is_separated,
    parse_stop_rule,
)
from scenechange.ratings.analysis.subject_model import subject_model
from scenechange.ratings.analysis.tables import read_pairs, read_votes
from scenechange.ratings.analysis.votes import Votes, votes_from_matrix

__all__ = [
    "Choices",
    "Decision",
    "Pairs",
    "StopRule",
    "Votes",
    "analyse",
    "analyse_choices",
    "analyse_pairs",
    "are_pairs_separated",
    "bootstrap_opinion_scores",
    "bradley_terry",
    "bt500_screening",
    "bt500_sparse_screening",
    "choice_sensitivity",
    "correlation_screening",
    "correlation_sparse_screening",
    "dawid_skene",
    "gold_screening",
    "intraclass_correlations",
    "is_separated",
    "jod",
    "krippendorff_alpha",
    "leaderboard",
    "learning_curve",
    "leave_out_fields",
    "leave_out_votes",
    "likelihood_screening",
    "mean_opinion_scores",
    "p913_screening",
    "pair_board",
    "parse_stop_rule",
    "rater_bias",
    "read_best_less_worst",
    "read_best_worst",
    "read_choices",
    "read_fooled",
    "read_pairs",
    "read_votes",
    "repeatability",
    "sensitivity",
    "shrout_fleiss",
    "sos_parameter",
    "subject_model",
    "thurstone",
    "time_screening",
    "timed_untimed",
    "votes_for",
    "votes_for_reliability",
    "votes_from_matrix",
    "without_bias",
]
