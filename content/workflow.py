"""The lives of lessons and of page revisions, as tables of allowed moves.

A verb asks `lesson_move` or `revision_move` for the next state; a move that the table does not
hold is a `Conflict`. Who may make a move is a column of the same table, decided by
`content/access`.
"""

from dataclasses import dataclass
from enum import StrEnum

from content.access import Action
from content.errors import Conflict
from content.models import LessonState, RevisionState


class Move(StrEnum):
    """What can be done to a lesson's state."""

    submit = "submit"
    withdraw = "withdraw"
    return_ = "return"
    reject = "reject"
    reopen = "reopen"
    publish = "publish"
    assign_action = "assign action"
    implement = "implement"
    verify = "verify"
    supersede = "supersede"
    retire = "retire"
    restore = "restore"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """Who makes a move, and whether it needs a reason."""

    action: Action
    needs_reason: bool = False


MOVE_RULES: dict[Move, MoveRule] = {
    Move.submit: MoveRule(Action.lesson_submit),
    Move.withdraw: MoveRule(Action.lesson_withdraw),
    Move.return_: MoveRule(Action.lesson_decide, needs_reason=True),
    Move.reject: MoveRule(Action.lesson_decide, needs_reason=True),
    Move.reopen: MoveRule(Action.lesson_submit),
    Move.publish: MoveRule(Action.lesson_decide),
    Move.assign_action: MoveRule(Action.lesson_retire),
    Move.implement: MoveRule(Action.lesson_retire),
    Move.verify: MoveRule(Action.lesson_retire),
    Move.supersede: MoveRule(Action.lesson_retire, needs_reason=True),
    Move.retire: MoveRule(Action.lesson_retire, needs_reason=True),
    Move.restore: MoveRule(Action.lesson_retire),
}

_S = LessonState
LESSON_MOVES: dict[tuple[LessonState, Move], LessonState] = {
    (_S.draft, Move.submit): _S.submitted,
    (_S.returned, Move.submit): _S.submitted,
    (_S.submitted, Move.withdraw): _S.draft,
    (_S.submitted, Move.return_): _S.returned,
    (_S.submitted, Move.reject): _S.rejected,
    (_S.submitted, Move.publish): _S.published,
    (_S.rejected, Move.reopen): _S.draft,
    (_S.published, Move.assign_action): _S.action_assigned,
    (_S.action_assigned, Move.implement): _S.implemented,
    (_S.implemented, Move.verify): _S.verified,
    **{
        (state, move): end
        for state in (_S.published, _S.action_assigned, _S.implemented, _S.verified)
        for move, end in ((Move.supersede, _S.superseded), (Move.retire, _S.retired))
    },
    (_S.retired, Move.restore): _S.published,
    (_S.superseded, Move.restore): _S.published,
}


class PageMove(StrEnum):
    """What can be done to a page revision's state."""

    submit = "submit"
    withdraw = "withdraw"
    return_ = "return"
    publish = "publish"
    supersede = "supersede"


_R = RevisionState
REVISION_MOVES: dict[tuple[RevisionState, PageMove], RevisionState] = {
    (_R.draft, PageMove.submit): _R.submitted,
    (_R.returned, PageMove.submit): _R.submitted,
    (_R.submitted, PageMove.withdraw): _R.draft,
    (_R.submitted, PageMove.return_): _R.returned,
    (_R.submitted, PageMove.publish): _R.published,
    (_R.published, PageMove.supersede): _R.superseded,
}


def lesson_move(state: LessonState, move: Move) -> LessonState:
    """The state after `move`.

    Raises:
        Conflict: a lesson in `state` does not know this move.
    """
    try:
        return LESSON_MOVES[state, move]
    except KeyError:
        raise Conflict(f"A lesson that is {state} cannot take the step “{move}”.") from None


def moves_from(state: LessonState) -> list[Move]:
    """The moves that a lesson in `state` knows, in the order of the table."""
    return [move for (start, move) in LESSON_MOVES if start is state]


def revision_move(state: RevisionState, move: PageMove) -> RevisionState:
    """The state after `move`.

    Raises:
        Conflict: a revision in `state` does not know this move.
    """
    try:
        return REVISION_MOVES[state, move]
    except KeyError:
        raise Conflict(f"A page revision that is {state} cannot take the step “{move}”.") from None
