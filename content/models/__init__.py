"""Every table of `content`, imported so that the metadata is whole."""

from content.models.activity import Activity
from content.models.files import StoredFile
from content.models.imports import Import, ImportedLesson, ImportState
from content.models.jobs import Job, JobState, WorkerBeat
from content.models.lessons import (
    AFFECTS,
    CATEGORIES,
    PUBLIC_STATES,
    Confidentiality,
    Issue,
    IssueStatus,
    Lesson,
    LessonKind,
    LessonRevision,
    LessonState,
    LessonTopic,
    Priority,
    Reach,
    Severity,
)
from content.models.library import Template, TemplateVersion
from content.models.people import Department, MailedToken, Person, Purpose, SignIn
from content.models.playbooks import Page, PageRevision, Playbook, RevisionState
from content.models.projects import (
    OUTCOMES,
    PROJECT_TYPES,
    Method,
    Phase,
    Project,
    ProjectDocument,
    ProjectPhase,
    ProjectState,
    Size,
)

__all__ = [
    "AFFECTS",
    "CATEGORIES",
    "OUTCOMES",
    "PROJECT_TYPES",
    "PUBLIC_STATES",
    "Activity",
    "Confidentiality",
    "Department",
    "Import",
    "ImportState",
    "ImportedLesson",
    "Issue",
    "IssueStatus",
    "Job",
    "JobState",
    "Lesson",
    "LessonKind",
    "LessonRevision",
    "LessonState",
    "LessonTopic",
    "MailedToken",
    "Method",
    "Page",
    "PageRevision",
    "Person",
    "Phase",
    "Playbook",
    "Priority",
    "Project",
    "ProjectDocument",
    "ProjectPhase",
    "ProjectState",
    "Purpose",
    "Reach",
    "RevisionState",
    "Severity",
    "SignIn",
    "Size",
    "StoredFile",
    "Template",
    "TemplateVersion",
    "WorkerBeat",
]
