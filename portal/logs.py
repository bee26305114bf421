"""Structured logs: ids and names of steps, never the text of a lesson or the name of a person."""

import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def log() -> FilteringBoundLogger:
    """The portal's logger."""
    logger: FilteringBoundLogger = structlog.get_logger("portal")
    return logger


def configure(level: str, *, as_json: bool) -> None:
    """Write logs to standard error, as text for people or as JSON lines for programs."""
    number = LEVELS.get(level.lower(), logging.INFO)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)
