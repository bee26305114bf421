"""The mail to a manager about lessons that came into their start packs: at most one a day."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from analytics import packnews
from analytics.packnews import News
from content import jobs
from content.types import SYSTEM
from portal.runtime import Runtime

# Lessons of each project that a mail names; the others are one click away.
SHOWN = 5


def tell_managers(runtime: Runtime, at: datetime) -> int:
    """Put one mail for each manager with something new into the outbox; answers how many.

    Marking and mail are one unit of work: nobody is told twice, and nothing is lost. What is new is
    looked for before it, so that nobody who writes waits for that.
    """
    found = []
    with runtime.database.reading() as session:
        for manager, every in groupby(packnews.untold(session), key=lambda news: news.manager):
            told = list(every)
            ids = [item.id for news in told for item in news.items]
            found.append((ids, _mail(manager.email, manager.name, told)))
    count = 0
    with runtime.database.writing() as session:
        for ids, payload in found:
            if packnews.mark_told(session, ids, at=at):
                jobs.enqueue(session, "mail", payload, by=SYSTEM, at=at)
                count += 1
    return count


def _mail(to: str, name: str, told: Sequence[News]) -> dict[str, object]:
    return {
        "template": "pack", "to": to, "name": name,
        "new": sum(len(news.items) for news in told),
        "projects": [
            {
                "code": news.project.code,
                "name": news.project.name,
                "path": f"/projects/{news.project.code}/pack",
                "total": len(news.items),
                "lessons": [
                    {
                        "headline": item.lesson.headline,
                        "why": " ".join(item.reasons),
                        "path": f"/projects/{news.project.code}/pack/{item.lesson_id}",
                    }
                    for item in news.items[:SHOWN]
                ],
            }
            for news in told
        ],
    }  # fmt: skip
