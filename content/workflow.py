"""The lives of lessons and of page revisions, as tables of allowed moves.

A verb asks `lesson_move` or `revision_move` for the next state; a move that the table does not
hold is a `Conflict`. Who may make a move is a column of the same table, decided by
`content/access`.
"""

from dataclasses import dataclass
from enum import StrEnum

from content.access import Action
from content.errors import Conflict
from content.models import ChangeState, LessonState, RevisionState


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
    merge = "merge"
    unmerge = "unmerge"
    reconsider = "reconsider"


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
    Move.merge: MoveRule(Action.lesson_decide),
    Move.unmerge: MoveRule(Action.lesson_decide),
    Move.reconsider: MoveRule(Action.lesson_decide),
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
    (_S.submitted, Move.merge): _S.superseded,
    (_S.superseded, Move.unmerge): _S.submitted,
    (_S.rejected, Move.reconsider): _S.submitted,
}
# What was never published must not become so by being brought back, and goes to review again.
_NEEDS_PUBLISHED = {Move.restore: True, Move.unmerge: False}
# Steps that take more than a reason, and have forms of their own.
APART = (Move.merge, Move.unmerge, Move.reconsider)


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


def lesson_move(state: LessonState, move: Move, *, published: bool = True) -> LessonState:
    """The state after `move`; `published` says whether the lesson ever was.

    Raises:
        Conflict: a lesson in `state` does not know this move.
    """
    if move not in moves_from(state, published=published):
        raise Conflict(f"A lesson that is {state} cannot take the step “{move}”.")
    return LESSON_MOVES[state, move]


def moves_from(state: LessonState, *, published: bool = True) -> list[Move]:
    """The moves that a lesson in `state` knows, in the order of the table."""
    return [
        move
        for (start, move) in LESSON_MOVES
        if start is state and _NEEDS_PUBLISHED.get(move, published) is published
    ]


class ChangeMove(StrEnum):
    """What can be done to a proposed change of a published lesson."""

    submit = "submit"
    withdraw = "withdraw"
    return_ = "return"
    reject = "reject"
    accept = "accept"


_C = ChangeState
CHANGE_MOVES: dict[tuple[ChangeState, ChangeMove], ChangeState] = {
    (_C.returned, ChangeMove.submit): _C.submitted,
    (_C.withdrawn, ChangeMove.submit): _C.submitted,
    (_C.submitted, ChangeMove.withdraw): _C.withdrawn,
    (_C.returned, ChangeMove.withdraw): _C.withdrawn,
    (_C.submitted, ChangeMove.return_): _C.returned,
    (_C.submitted, ChangeMove.reject): _C.rejected,
    (_C.submitted, ChangeMove.accept): _C.accepted,
}
CHANGE_RULES: dict[ChangeMove, MoveRule] = {
    ChangeMove.submit: MoveRule(Action.change_write),
    ChangeMove.withdraw: MoveRule(Action.change_write),
    ChangeMove.return_: MoveRule(Action.change_decide, needs_reason=True),
    ChangeMove.reject: MoveRule(Action.change_decide, needs_reason=True),
    ChangeMove.accept: MoveRule(Action.change_decide),
}


def change_move(state: ChangeState, move: ChangeMove) -> ChangeState:
    """The state after `move`.

    Raises:
        Conflict: a change in `state` does not know this move.
    """
    try:
        return CHANGE_MOVES[state, move]
    except KeyError:
        raise Conflict(f"A change that is {state} cannot take the step “{move}”.") from None


def revision_move(state: RevisionState, move: PageMove) -> RevisionState:
    """The state after `move`.

    Raises:
        Conflict: a revision in `state` does not know this move.
    """
    try:
        return REVISION_MOVES[state, move]
    except KeyError:
        raise Conflict(f"A page revision that is {state} cannot take the step “{move}”.") from None
