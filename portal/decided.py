"""What somebody decided about a theme, in the words of its page.

Who decides reads which name was given and which theme it was; others that something was decided:
an old name may be gone because it said too much, and not every theme is open to them.
"""

from collections.abc import Mapping

from analytics.models import DecisionKind, Theme, ThemeDecision

KINDS = {
    DecisionKind.rename: "named it", DecisionKind.merge: "merged it into another",
    DecisionKind.split_: "split it", DecisionKind.move: "moved texts",
    DecisionKind.pin: "pinned texts here", DecisionKind.apart: "kept it apart from another",
    DecisionKind.dismiss: "said that it is no theme", DecisionKind.note: "set note and owner",
    DecisionKind.stage: "set where it stands",
}  # fmt: skip


def said(row: ThemeDecision, theme: Theme, titles: Mapping[int, str]) -> str:
    """One decision as the page of `theme` says it; `titles` are empty for who decides nothing."""
    if not titles:
        return KINDS[row.kind]
    if row.theme_id != theme.id:
        return _arrived(row, titles)
    return _left(row, titles)


def _arrived(row: ThemeDecision, titles: Mapping[int, str]) -> str:
    """A decision about another theme, whose texts stand here since."""
    source = f"“{titles.get(row.theme_id, 'another')}”"
    if row.kind is DecisionKind.merge:
        return f"merged {source} into it"
    if row.kind is DecisionKind.split_:
        return f"split it off {source}"
    return f"moved {_texts(row)} here from {source}"


def _left(row: ThemeDecision, titles: Mapping[int, str]) -> str:
    detail = row.detail
    name, stage = detail.get("name"), detail.get("stage")
    onto = {
        key: f"“{titles.get(detail.get(key) or 0, 'another')}”" for key in ("into", "made", "other")
    }
    goal = onto["into"] if detail.get("into") else "no theme"
    return {
        DecisionKind.rename: f"named it “{name}”" if name else "gave it back its phrases as a name",
        DecisionKind.merge: f"merged it into {onto['into']}",
        DecisionKind.split_: f"split {onto['made']} off",
        DecisionKind.move: f"moved {_texts(row)} to {goal}",
        DecisionKind.pin: f"pinned {_texts(row)} here",
        DecisionKind.apart: f"kept it apart from {onto['other']}",
        DecisionKind.stage: f"set where it stands: {stage}",
    }.get(row.kind, KINDS[row.kind])


def _texts(row: ThemeDecision) -> str:
    many = len(row.detail.get("texts", ()))
    return "one text" if many == 1 else f"{many} texts"
