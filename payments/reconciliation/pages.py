"""The operator's pages of reconciliation: statements, one statement, the work list, one discrepancy."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from core import clock
from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.web.forms import Form
from core.web.guards import current_principal, requires
from payments.container import PaymentsContainer
from payments.reconciliation import labels, queries, services
from payments.reconciliation.errors import AlreadyInThatState, OfAnotherGateway
from payments.reconciliation.limits import PAGE_SIZE, UPLOAD_MAX_BYTES
from payments.reconciliation.outcomes import Outcome, Source
from payments.reconciliation.schemas import NoteSchema
from payments.statements.errors import Fault, Unreadable

bp = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")

FAULTS_SHOWN = 20


@bp.url_value_preprocessor
def _let_a_statement_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A statement's file may be larger than what others send; this is decided before the body is looked at."""
    if endpoint == f"{bp.name}.take" and current_principal().may(Permission.RECONCILE):
        request.max_content_length = UPLOAD_MAX_BYTES


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": labels, "now": clock.now()}


@bp.get("/")
@requires(Permission.RECONCILE)
def index() -> str:
    """The statements, the newest first, and the form for another one."""
    return _index(Form())


@bp.post("/import")
@requires(Permission.RECONCILE)
def take() -> tuple[str, int] | BaseResponse:
    """Import the file that was sent; what is wrong with it is said beside the form, and nothing of it is kept."""
    form = Form(request.form)
    file = request.files.get("file")
    if file is None or not file.filename:
        form.refuse({"file": [_("Choose the statement's file.")]})
    if form.value("gateway") not in _gateways():
        form.refuse({"gateway": [_("Choose whose statement it is.")]})
    if file is None or form.errors:
        return _index(form), 422
    try:
        imported = _import(form.value("gateway"), file)
    except Unreadable as error:
        form.refuse({"file": [str(error.title)]})
        return _index(form, error.faults), error.status
    except OfAnotherGateway as error:
        form.refuse({"gateway": [str(error.detail)]})
        return _index(form), error.status
    said = "new" if imported.fresh else "further" if imported.went_on else "again"
    return redirect(url_for(".statement", statement_id=imported.statement_id, said=said), 303)


@bp.get("/statements/<int:statement_id>")
@requires(Permission.RECONCILE)
def statement(statement_id: int) -> str:
    """One statement: what it holds, and what became of each line."""
    found = queries.summary_of(read_session(), statement_id)
    if found is None:
        raise NotFound
    outcome = request.args.get("outcome")
    chosen = outcome if outcome in {one.value for one in Outcome} else None
    lines = queries.lines_of(read_session(), statement_id, _number("after"), PAGE_SIZE + 1, chosen)
    more = None
    if len(lines) > PAGE_SIZE:
        more = url_for(".statement", statement_id=statement_id, outcome=chosen, after=lines[PAGE_SIZE - 1].position)
    return render_template(
        "payments/reconciliation/statement.html",
        found=found,
        accounts=queries.accounts_of(read_session(), statement_id),
        lines=lines[:PAGE_SIZE],
        chosen=chosen,
        next_url=more,
        said=request.args.get("said"),
    )


@bp.get("/discrepancies")
@requires(Permission.RECONCILE)
def discrepancies() -> str:
    """The work list: what is open, oldest first; `?state=closed` shows what was closed."""
    closed = request.args.get("state") == "closed"
    found = queries.list_discrepancies(read_session(), _number("after"), PAGE_SIZE + 1, is_open=not closed)
    more = None
    if len(found) > PAGE_SIZE:
        state = "closed" if closed else None
        more = url_for(".discrepancies", after=found[PAGE_SIZE - 1].discrepancy.id, state=state)
    return render_template(
        "payments/reconciliation/discrepancies.html",
        works=found[:PAGE_SIZE],
        backlog=queries.backlog(read_session()),
        closed=closed,
        next_url=more,
    )


@bp.get("/discrepancies/<int:discrepancy_id>")
@requires(Permission.RECONCILE)
def discrepancy(discrepancy_id: int) -> str:
    """One discrepancy, and what was done about it."""
    return _discrepancy(discrepancy_id, Form())


@bp.post("/discrepancies/<int:discrepancy_id>/close")
@requires(Permission.RECONCILE)
def close(discrepancy_id: int) -> tuple[str, int] | BaseResponse:
    """Close it, with a note."""
    return _turn(discrepancy_id, is_open=False)


@bp.post("/discrepancies/<int:discrepancy_id>/reopen")
@requires(Permission.RECONCILE)
def reopen(discrepancy_id: int) -> tuple[str, int] | BaseResponse:
    """Open it again, with a note."""
    return _turn(discrepancy_id, is_open=True)


def _turn(discrepancy_id: int, *, is_open: bool) -> tuple[str, int] | BaseResponse:
    form = Form(request.form)
    typed = form.load(NoteSchema())
    if typed is None:
        return _discrepancy(discrepancy_id, form), 422
    change = services.reopen if is_open else services.close
    try:
        change(current_principal(), discrepancy_id, typed["note"])
    except AlreadyInThatState as error:
        form.refuse({"_form": [str(error.title)]})
        return _discrepancy(discrepancy_id, form), error.status
    return redirect(url_for(".discrepancy", discrepancy_id=discrepancy_id), 303)


def _discrepancy(discrepancy_id: int, form: Form) -> str:
    work = queries.find_discrepancy(read_session(), discrepancy_id)
    if work is None:
        raise NotFound
    entries = queries.entries_of(read_session(), discrepancy_id)
    return render_template("payments/reconciliation/discrepancy.html", work=work, entries=entries, form=form)


def _import(gateway: str, file: FileStorage) -> services.Imported:
    stream = file.stream
    source: Source = services.guess_source(stream)  # type: ignore[arg-type] # a file in memory or on disk
    return services.import_file(current_principal(), gateway, stream, source, file.filename or "")  # type: ignore[arg-type]


def _index(form: Form, faults: tuple[Fault, ...] = ()) -> str:
    before = _number("before")
    found = queries.list_statements(read_session(), before or None, PAGE_SIZE + 1)
    more = url_for(".index", before=found[PAGE_SIZE - 1].statement.id) if len(found) > PAGE_SIZE else None
    return render_template(
        "payments/reconciliation/index.html",
        summaries=found[:PAGE_SIZE],
        backlog=queries.backlog(read_session()),
        gateways=[(name, name) for name in _gateways()],
        form=form,
        faults=faults[:FAULTS_SHOWN],
        faults_more=max(0, len(faults) - FAULTS_SHOWN),
        next_url=more,
    )


def _gateways() -> list[str]:
    return list(PaymentsContainer.current().gateways)


def _number(name: str) -> int:
    """A page's place in a list; what is no number begins at the beginning."""
    return request.args.get(name, 0, type=lambda text: max(0, min(int(text), 2**62)))
