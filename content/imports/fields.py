"""The fields of a lesson that can be imported, and the names that other programs give them.

Synonyms come from NASA's LLIS exports, the lessons logs of PRINCE2, PM² and PMI, and common
trackers. Names are compared in lower case without spaces and marks.
"""

FIELDS: dict[str, tuple[str, ...]] = {
    "external_id": (
        "externalid", "id", "lessonid", "lessonno", "lessonnumber", "ref", "reference", "key",
        "number", "no", "nr", "lessonref", "llid", "recordid", "identifier", "lessonkey",
    ),
    "headline": (
        "headline", "title", "name", "lessontitle", "subject", "lessonname", "heading",
        "shortdescription", "topicofthelesson", "titleoflesson", "titleofthelesson",
    ),
    "summary": (
        "summary", "abstract", "description", "overview", "executivesummary", "details",
        "lessonsummary", "lessondescription", "background", "synopsis",
    ),
    "project": (
        "project", "projectname", "program", "programme", "projectcode", "projectid",
        "projecttitle", "programproject", "missionorproject", "projectprogram", "proj",
    ),
    "phase": (
        "phase", "projectphase", "stage", "lifecyclephase", "projectstage", "programphase",
        "processgroup", "lifecycle", "phaseofproject",
    ),
    "department": (
        "department", "centre", "center", "organization", "organisation", "unit", "division",
        "businessunit", "organisationalunit", "dept", "submittingorganization", "nasacenter",
        "team",
    ),
    "kind": ("kind", "type", "lessontype", "positivenegative", "successproblem", "wentwellorbadly",
        "goodbad"),
    "driving_event": (
        "drivingevent", "descriptionofdrivingevent", "whathappened", "event", "situation",
        "incident", "issue", "problem", "context", "observation", "descriptionofdrivingissue",
        "problemstatement", "eventdescription", "whatwenton", "text", "fulltext", "body", "content",
    ),
    "cause": ("cause", "rootcause", "causes", "rootcauses", "why", "reason", "causeofevent"),
    "early_warning": (
        "earlywarning", "earlywarnings", "warningsigns", "indicators", "earlywarningsigns",
        "earlyindicators", "trigger",
    ),
    "effect": (
        "effect", "effects", "impact", "impacts", "consequence", "consequences", "result",
        "outcome",
    ),
    "cost": ("cost", "costimpact", "costeffect", "impactcost", "costs", "financialimpact"),
    "days": (
        "days", "delay", "scheduleimpact", "delaydays", "timeimpact", "daysdelay", "daysofdelay",
        "delayindays", "effectdays",
    ),
    "affects_scope": ("affectsscope", "scopeimpact", "scopeaffected"),
    "affects_quality": ("affectsquality", "qualityimpact", "qualityaffected"),
    "affects_stakeholders": ("affectsstakeholders", "stakeholderimpact", "stakeholdersaffected"),
    "affects_safety": ("affectssafety", "safetyimpact", "safetyissue", "safetyaffected", "safety"),
    "lesson": (
        "lesson", "lessons", "lessonlearned", "lessonslearned", "lessonlearnt", "lessonslearnt",
        "learning", "learnings", "whatwelearned", "whatwaslearned", "learned",
    ),
    "recommendation": (
        "recommendation", "recommendations", "recommendedaction", "recommendedactions", "advice",
        "action", "actions", "whattodonexttime", "donexttime", "nexttime",
        "proposedaction", "suggestedaction", "whatwerecommend", "recommended",
    ),
    "scope": ("scope", "level", "lessonscope", "applicability"),
    "applies_to": (
        "appliesto", "applicableto", "projecttypes", "projecttype", "appliestoprojects",
        "relevantfor",
    ),
    "category": (
        "category", "lessoncategory", "area", "areaofwork", "knowledgearea", "theme",
        "maincategory", "classification", "discipline",
    ),
    "topics": (
        "topics", "topic", "tags", "keywords", "categories", "labels", "subjects", "keyword",
        "tag",
    ),
    "priority": ("priority", "prio", "importance", "severity", "criticality", "rating", "urgency"),
    "previously_identified": (
        "previouslyidentified", "knownbefore", "identifiedbefore", "previouslyidentifiedasrisk",
        "wasitarisk", "repeat", "recurring",
    ),
    "date_occurred": (
        "dateoccurred", "lessondate", "date", "eventdate", "occurredon", "dateofevent",
        "datelogged", "occurrencedate",
        "occurred", "dateraised", "whenoccurred", "dateidentified", "created",
        "createdon", "datesubmitted",
    ),
    "author": (
        "author", "submitter", "raisedby", "reportedby", "owner", "submittedby", "loggedby",
        "createdby", "contributor", "contact", "pointofcontact", "reporter",
    ),
    "author_hidden": ("authorhidden", "anonymous", "hideauthor"),
    "confidentiality": (
        "confidentiality", "sensitivity", "securityclassification", "access", "visibility",
        "confidential",
    ),
    "sanitised": ("sanitised", "sanitized", "sanitisedtext", "publictext", "publicsummary"),
    "review_by": ("reviewby", "reviewdate", "nextreview", "validuntil", "expires", "expirydate"),
    "evidence": (
        "evidence", "evidenceofrecurrencecontroleffectiveness", "proof", "effectiveness",
        "recurrencecontrol", "verification",
    ),
}  # fmt: skip

# One of these must hold something, beside a headline.
TEXTS = (
    "summary",
    "driving_event",
    "lesson",
    "recommendation",
    "cause",
    "effect",
    "early_warning",
    "evidence",
)
DATES = ("date_occurred", "review_by")
CHOICES = ("kind", "phase", "priority", "confidentiality", "scope")
MARKS = (
    "affects_scope",
    "affects_quality",
    "affects_stakeholders",
    "affects_safety",
    "previously_identified",
    "author_hidden",
)
NUMBERS = ("cost", "days")
LISTS = ("topics", "applies_to")
NAMES = ("external_id", "project", "department", "category", "author")
