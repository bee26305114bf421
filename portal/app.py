"""Putting the web application together: settings of Flask, extensions, blueprints, policies."""

from datetime import timedelta

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import api, assets, auth, db, errors, html, template_folder, views
from portal.runtime import Runtime

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")
csrf = CSRFProtect()

MEGABYTE = 1_000_000


def build(runtime: Runtime, *, testing: bool = False) -> Flask:
    """The application over `runtime`; see `portal.create_app`."""
    app = Flask("portal", template_folder=str(template_folder()), static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    stand_on(app, runtime, testing=testing)
    for part in (db, errors, auth, html, assets):
        part.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    views.init_app(app, limiter)
    api.init_app(app, limiter, csrf)
    auth.check_policies(app)
    if hops := runtime.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app


def stand_on(app: Flask, runtime: Runtime, *, testing: bool = False) -> None:
    """Put an application over `runtime`: nothing else of it knows where the data are."""
    settings = runtime.settings
    app.extensions["portal"] = runtime
    app.jinja_env.globals["settings"] = settings
    limiter.enabled = not testing  # one limiter serves every application of a process
    app.config.update(
        SECRET_KEY=runtime.secret_key,
        TESTING=testing,
        PROPAGATE_EXCEPTIONS=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.sign_in_days),
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in: a form may stay open overnight
        WTF_CSRF_SSL_STRICT=settings.is_https,
        RATELIMIT_ENABLED=not testing,
        MAX_CONTENT_LENGTH=max(settings.upload_mb, settings.import_mb) * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEGABYTE,
        MAX_FORM_PARTS=500,
    )
