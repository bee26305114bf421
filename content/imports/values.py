"""Values of fixed lists, numbers and marks as other programs write them.

What is not known stays missing, and the caller notes what stood there.
"""

import re

_MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "none", "null", "nil", "-", "--", "tbd", "not applicable", "nan"}
)
_YES = frozenset({"yes", "y", "true", "t", "1", "x", "ja", "oui"})
_NO = frozenset({"no", "n", "false", "f", "0", "nein", "non"})

_PHASES = {
    "initiating": "initiation initiate start-up startup concept feasibility definition "
    "pre-project idea approval pre-phase-a phase-a starting-up-a-project initiating-a-project",
    "planning": "plan formulation design preliminary-design phase-b preparation requirements",
    "executing": "execution implementation delivery development construction build phase-c phase-d "
    "realisation realization phase-e managing-product-delivery operation operations deployment "
    "testing rollout commissioning transition",
    "monitoring": "monitor-and-control monitoring-and-control monitoring-and-controlling control "
    "controlling evaluation review controlling-a-stage monitor-control",
    "closing": "close closure close-out closeout project-end phase-f closing-a-project handover "
    "decommissioning post-project finalisation wrap-up end",
}
_KINDS = {
    "problem": "negative issue failure wrong went-badly to-improve improvement incident bad "
    "went-wrong needs-improvement risk threat",
    "success": "positive good good-practice best-practice went-well opportunity strength",
}
_PRIORITIES = {
    "high": "h hi critical urgent very-high p1 1 major severe a must highest blocker",
    "medium": "m moderate normal p2 2 b should med average",
    "low": "l lo minor p3 3 very-low c could trivial lowest p4 4",
}
_CONFIDENTIALITIES = {
    "open": "public unrestricted unclassified everyone everybody all internal no",
    "department": "departmental team unit division department-only",
    "restricted": "confidential secret private sensitive strictly-confidential yes",
}
_SCOPES = {
    "project": "this-project local team project-only project-level",
    "organisation": "organization corporate enterprise company programme program portfolio all "
    "organisation-wide organization-wide global",
}
_SEVERITIES = {
    "critical": "blocker urgent immediate very-high p0 p1 1 emergency showstopper severe highest",
    "high": "h major important p2 2",
    "medium": "m normal moderate minor average p3 3 med",
    "low": "l trivial very-low lowest p4 4 p5 5 cosmetic wish",
}
_STATUSES = {
    "open": "new to-do todo reopened backlog opened confirmed reported unassigned specified "
    "to-be-scheduled on-hold waiting pending raised",
    "in progress": "in-progress started doing assigned in-review patch-available in-specification "
    "scheduled developed in-testing tested test-failed in-work under-investigation active review",
    "closed": "done resolved complete completed fixed rejected cancelled canceled wont-fix "
    "won-t-fix duplicate merged solved finished",
}


def _by_name(choices: dict[str, str]) -> dict[str, str]:
    return {name: value for value, names in choices.items() for name in (value, *names.split())}


CHOICES = {
    "phase": _by_name(_PHASES),
    "kind": _by_name(_KINDS),
    "priority": _by_name(_PRIORITIES),
    "confidentiality": _by_name(_CONFIDENTIALITIES),
    "scope": _by_name(_SCOPES),
    "severity": _by_name(_SEVERITIES),
    "status": {**_by_name(_STATUSES), "in-progress": "in progress"},
}

_AMOUNT = re.compile(r"-?\d{1,3}(?:[ ,.'’\u00a0]\d{3})+(?:[.,]\d{1,2})?|-?\d+(?:[.,]\d+)?")
_TIMES = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000, "thousand": 1_000}
# Working days; a delay is counted in those.
_DAYS = {"day": 1, "week": 5, "month": 21, "year": 250}
# What fits a database's integer and is still an amount of money.
MAX_NUMBER = 10**12


def is_missing(value: str) -> bool:
    """Whether a short value only says that there is none."""
    return value.strip().casefold() in _MISSING


def choice(field: str, value: str) -> str | None:
    """Return the value of our list that `value` means; of `A / B` the first part known."""
    known = CHOICES[field]
    for part in (value, *re.split(r"[/,;:(–]|\s-\s", value)):
        name = re.sub(r"[^\w]+", "-", part.replace("&", " and ").strip().casefold()).strip("-")
        for spelt in (name, name.removesuffix("-phase"), name.removesuffix("-stage")):
            if spelt in known:
                return known[spelt]
    return None


def mark(value: str) -> bool | None:
    """Return yes or no; None when it is neither."""
    name = value.strip().casefold()
    return True if name in _YES else False if name in _NO else None


def whole_number(value: str) -> int | None:
    """Return an amount such as `€ 12,500.00`, `12.5k` or `1.2 million`; None when it is none."""
    found = _AMOUNT.search(value)
    if not found or len(_AMOUNT.findall(value)) > 1:
        return None
    unit = re.match(r"\s?([A-Za-z]+)", value[found.end() :])
    times = _TIMES.get(unit[1].lower(), 1) if unit else 1
    number = round(_plain_number(found[0]) * times)
    return number if abs(number) <= MAX_NUMBER else None


def days(value: str) -> int | None:
    """Return a number of (working) days such as `12` or `3 weeks`; None when it is none."""
    unit = re.search(r"[A-Za-z]+", value)
    word = unit[0].lower().removesuffix("s") if unit else "day"
    times = next((count for name, count in _DAYS.items() if word in {name, name[0]}), None)
    if word in {"working", "calendar", "business"}:
        times = 1
    found = _AMOUNT.findall(value)
    if times is None or len(found) != 1:
        return None
    number = round(_plain_number(found[0]) * times)
    return number if abs(number) <= 100_000 else None


def _plain_number(text: str) -> float:
    """Read separators: the last one parts decimals unless exactly three digits follow it."""
    text = re.sub(r"[ '’\u00a0]", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last >= 0 and len(text) - last - 1 != 3:
        whole, part = re.sub(r"[.,]", "", text[:last]), text[last + 1 :]
        return float(f"{whole or 0}.{part}")
    return float(re.sub(r"[.,]", "", text))
