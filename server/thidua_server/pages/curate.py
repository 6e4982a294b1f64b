"""The curator's desk: an article in, its proposed facts beside its text, each decided by a person, then published.

The token comes along with each request, in a header or, where no script runs, in the form; never in a cookie. Until it
is known who sends it, nothing large is read. What is decided is kept on the disk until the last day of the work.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as WSGIResponse

from thidua.base.errors import (
    ConflictError,
    Finding,
    InputError,
    InvalidDataError,
    KnowledgeGraphError,
    UnauthorizedError,
)
from thidua.base.files import ProjectFiles
from thidua.extract import publishing, reading, records
from thidua.extract.addresses import hosts
from thidua.extract.article import Article
from thidua.extract.facts import FIELDS, Fact
from thidua.extract.fetching import Page, fetch
from thidua.extract.proposals import id_of
from thidua.extract.work import METADATA, Begun, Item, Work, facts_of
from thidua.views import naming
from thidua.write.request import CommitInfo, Preview, Write
from thidua_server.html import desk_form, desk_view, desk_words, desk_work, form_token, language, links
from thidua_server.html.source_links import source_links
from thidua_server.http import access, context, problems, writes
from thidua_server.http.negotiation import HTML, JSON, wants_html
from thidua_server.http.params import FORM, form, long_form
from thidua_server.openapi.fields import LANGUAGE, OF_A_PAGE, STRING, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("curate", __name__)

#: Bytes of a form by whom is known.
_LARGEST: Final = 4_000_000
#: Fields of a form: a text of 200 kB has some hundreds of facts.
_MOST_FIELDS: Final = 12_000
#: Who decides where writing needs no token.
ANYBODY: Final = "anybody"
_ARTICLE: Final = Field("work", "mã nguồn của bài", "the id of the article's source", place="path", required=True)
_MULTIPART: Final = "multipart/form-data"
_BEGIN: Final = {"type": "object", "properties": dict.fromkeys(("text", "facts", "token", *METADATA), STRING)}
_DECIDE: Final = {"type": "object", "properties": dict.fromkeys(("action", "parent", "message", "token"), STRING)}


@bp.before_request
def _only_ours() -> None:
    """A plain store has no sources of ours to curate."""
    if context.is_plain():
        abort(404)


@bp.before_app_request
def _purge() -> None:
    """Nothing outlives its last day, whether or not anybody comes to the desk."""
    if not context.is_plain():
        desk_work.purge_now_and_then()


@bp.get("/curate")
@operation("desk", "versions", "Bàn biên tập: đưa một bài vào, xem các sự kiện được đề xuất, quyết định, công bố",
           "The curator's desk: an article in, its proposed facts decided and published",
           (Field("address", "địa chỉ của bài", "the article's address"),
            Field("title", "tên bài", "the article's title"), *OF_A_PAGE), (HTML,))  # fmt: skip
def desk() -> Response | WSGIResponse:
    """Where an article is put in, and work in progress is taken up again."""
    if former := {name: request.args[name] for name in ("source", "url") if request.args.get(name)}:
        return redirect(url_for("turtle.page", **cast(dict[str, Any], former), **links.kept()), 302)
    return _start({"url": request.args.get("address", ""), "title": request.args.get("title", "")})


@bp.post("/curate/work")
@operation("workInProgress", "versions", "Những bài đang làm dở của người gửi", "The sender's work in progress",
           (LANGUAGE,), (HTML, JSON),
           {FORM: {"type": "object", "properties": {"token": STRING}}}, "write", method="POST")  # fmt: skip
def work_in_progress() -> Response:
    """The articles that the sender has begun with."""
    author = None
    try:
        author = form_token.author_by_header(_LARGEST)
        sent = form()
        author = author if author is not None else access.require("write", sent.get("token", "").strip())
        begun = desk_work.drawer(author).all()
    except KnowledgeGraphError as exc:
        return _refused(exc)
    if not wants_html():
        return jsonify([{"id": each.id, "title": each.title, "ends": each.ends} for each in begun])
    return _start({}, begun=begun)


@bp.post("/curate/articles")
@operation("beginArticle", "versions", "Đưa một bài vào bàn biên tập", "Put an article onto the desk",
           (LANGUAGE,), (HTML, JSON), {FORM: _BEGIN, _MULTIPART: _BEGIN}, "write")  # fmt: skip
def begin() -> Response:
    """Read an article and show what it seems to say; one that is in progress is taken up where it was left."""
    given: dict[str, str] = {}
    try:
        author = form_token.author_by_header(_LARGEST)
        sent = form()
        given = {name: sent.get(name, "") for name in ("text", *METADATA)}
        author = author if author is not None else access.require("write", sent.get("token", "").strip())
        article, found = _read(given)
        work = desk_work.begin(article, found, author)
        own = desk_work.drawer(author)
        if not own.has(work.id):
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            own.save(replace(work, begun=now))
        work = own.open(work.id)
    except KnowledgeGraphError as exc:
        return _refused(exc, given)
    return _shown(work) if wants_html() else jsonify(_told(work))


@bp.post("/curate/articles/<work>")
@operation("decide", "versions", "Quyết định về các đề xuất của một bài; lưu, xem tóm tắt, hoặc công bố",
           "Decide the proposals of an article; keep, look at the summary, or publish", (_ARTICLE, LANGUAGE),
           (HTML, JSON), {FORM: _DECIDE}, "write")  # fmt: skip
def decide(work: str) -> Response | WSGIResponse:
    """Put what the form says into the work in progress, and do what is asked."""
    try:
        author = form_token.author_by_header(_LARGEST)
        sent = long_form(_MOST_FIELDS)
        author = author if author is not None else access.require("write", _one(sent, "token"))
        own = desk_work.drawer(author)
        action, _, which = _one(sent, "action").partition(":")
        if action == "drop":
            own.drop(work)
            return _start({}, begun=own.all(), told=language.pick("Đã bỏ bài ấy.", "The article was discarded."))
        choices = desk_work.choices()
        current = desk_form.put_into(own.open(work), sent, choices)
        _check(current.article.url, current.article.published)
        current, added = _acted(current, action, which, sent)
        current = own.save(current)
        if action == "summary":
            return _summed(current, author)
        if action == "publish":
            return _published(current, author, sent)
        if action == "save" and not wants_html():
            return _no_store(jsonify({"saved": current.changed}))
    except KnowledgeGraphError as exc:
        return _refused(exc)
    return _shown(current, at=added or which.partition(":")[0]) if wants_html() else jsonify(_told(current))


def _read(given: Mapping[str, str]) -> tuple[Article, list[Fact]]:
    """The article that was sent, or that its address leads to, and what it says.

    :raises InputError: there is none, or its facts are none.
    """
    _check(given["url"].strip(), given["published"].strip())
    file, others = request.files.get("file"), request.files.get("facts")
    page = Page(given["text"].encode(), "text/plain", "", "")
    if file is not None and file.filename:
        page = Page(file.read(), file.mimetype, file.mimetype_params.get("charset", ""), "")
    elif not given["text"].strip():
        if not given["url"].strip():
            raise InputError(language.pick("Hãy dán bài, hoặc chọn tệp.", "Paste the article, or choose a file."))
        page = fetch(given["url"].strip(), hosts(current_app.config["FETCH_HOSTS"]))
    article, found = reading.read(page.content, ProjectFiles.find(), given, page.charset)
    if others is not None and others.filename:
        try:
            found += facts_of(others.read().decode(), len(article.text))
        except ValueError as exc:
            raise InputError(f"The file of facts: {exc}") from exc
    return article, found


def _check(url: str, day: str) -> None:
    """Refuse an address or a day that is none; either may be empty.

    :raises InputError: it is none.
    """
    if url and not reading.is_address(url):
        raise InputError(
            language.pick(
                "Địa chỉ bắt đầu bằng http:// hoặc https://, không có dấu cách hay dấu ngoặc kép.",
                "An address begins with http:// or https:// and has no spaces or quotes.",
            )
        )
    if day and not reading.is_day(day):
        raise InputError(
            language.pick("Ngày đăng có dạng 2024-03-13.", "The day of publication is written like 2024-03-13.")
        )


def _acted(work: Work, action: str, which: str, sent: Mapping[str, list[str]]) -> tuple[Work, str]:
    """The work after a button of a card, or of what adds one; and the key of a card that is new."""
    if action == "rule":
        return desk_form.accept_all(work, which), ""
    if action == "span":
        key, edge, by = [*which.split(":"), "", ""][:3]
        return desk_form.moved(work, key, edge, -1 if by == "-1" else 1), ""
    if action != "add":
        return work, ""
    kind, choices = _one(sent, "add.kind"), desk_work.choices()
    span = desk_form.span_of(work, _one(sent, "add.span"), _one(sent, "add.phrase"))
    if kind not in FIELDS or span is None:
        raise InputError(
            language.pick(
                "Đoạn ấy không có trong bài: chép đúng như bài viết, và chọn loại.",
                "The text has no such passage: copy it exactly as it stands there, and choose a kind.",
            )
        )
    fact = desk_form.new_fact(work, kind, span, choices)
    key = id_of(work.id, fact)
    taken = {item.key for item in work.items}
    while key in taken:
        key = id_of(key, fact)
    return work.with_item(Item(key, fact, added=True)), key


def _shown(work: Work, at: str = "") -> Response:
    """The article with its cards."""
    standing, choices = desk_work.Standing.of(work), desk_work.choices()
    cards = _cards(work, standing)
    shown = [card for card in cards if not card.settled]
    page = render_template(
        "desk.html",
        work=work,
        cards=shown,
        decided=[card for card in cards if card.settled],
        at=at,
        others=desk_work.shelf().elsewhere(work.id, desk_work.drawer(work.author)),
        lists=desk_view.lists(choices, shown),
        kinds=desk_words.KINDS,
        said=desk_words.SAID,
        **_text(work, cards),
    )
    return _no_store(make_response(page))


def _summed(work: Work, author: str, problem: dict[str, Any] | None = None, status: int = 200) -> Response:
    """What publishing would do, as far as it can be seen before."""
    standing, choices = desk_work.Standing.of(work), desk_work.choices()
    cards = _cards(work, standing)
    summary = desk_view.summary(cards)
    facts, made, write = _planned(work, author, standing)
    preview = None
    if facts and not summary.wrong:
        try:
            preview = writes.previewed(write, CommitInfo(author))
        except InvalidDataError as exc:
            preview = Preview(0, "", list(exc.findings), 0, 0, {}, "")
        except KnowledgeGraphError as exc:
            problem = problem or problems.body_of(exc)
    page = render_template(
        "desk_summary.html",
        work=work,
        summary=summary,
        preview=preview,
        made=made,
        facts=facts,
        problem=problem,
        national=publishing.is_national(work),
        focus=_names(preview.findings if preview else []),
        scope=next(card for card in cards if card.fact.kind == "scope"),
        said=len(publishing.decisions_of(work, author or ANYBODY, standing.earlier)),
        left_out=[
            (desk_words.sentence(each.fact, choices), language.pick(each.reason_vi, each.reason_en))
            for each in made.left_out
        ],
        **_text(work, [card for card in cards if card.key not in standing.written and card.accepted]),
    )
    return _no_store(make_response(page, status))


def _published(work: Work, author: str, sent: Mapping[str, list[str]]) -> Response | WSGIResponse:
    """Write what was accepted, keep what was decided, and forget the text."""
    standing = desk_work.Standing.of(work)
    said = publishing.decisions_of(work, author or ANYBODY, standing.earlier)
    if not said:
        raise InputError(language.pick("Chưa có quyết định nào.", "Nothing has been decided yet."))
    cards = _cards(work, standing)
    facts, _, write = _planned(work, author, standing)
    if work.scope is None or not work.scope.said or (facts and desk_view.summary(cards).wrong):
        return _summed(work, author, status=400)
    number, changed = context.current().version.number, 0
    if facts:
        parent = _one(sent, "parent")
        expected = int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 10 else None
        try:
            outcome = writes.signed(write, CommitInfo(author, _one(sent, "message")[:500], expected))
        except (ConflictError, InvalidDataError) as exc:
            if not wants_html():
                raise
            return _summed(work, author, problems.body_of(exc), exc.status)
        number, changed = outcome.version.number, int(outcome.published)
    desk_work.decisions().append(work.id, said)
    desk_work.drawer(author).drop(work.id)
    if not wants_html():
        return _no_store(jsonify({"version": number, "published": bool(changed), "decisions": len(said)}))
    lang, source = request.args.get("lang"), work.id if facts else None
    return redirect(
        url_for("turtle.published", number=number, lang=lang, changed=changed, source=source, decided=len(said)), 303
    )


def _planned(work: Work, author: str, standing: desk_work.Standing) -> tuple[list[Fact], records.Records, Write]:
    """The facts to be published, the records they come to, and the write of them."""
    facts = publishing.accepted(work, standing.written)
    made = records.turtle(work.article, facts, desk_work.registry(), curator=author)
    without_text = standing.there is not None and not standing.there.sha256
    resting = publishing.resting(desk_work.select(), work.id) if without_text else []
    return facts, made, publishing.write_of(made, standing.there, len(work.article.text), resting)


def _names(findings: Iterable[Finding]) -> dict[str, str]:
    """What the things are called that findings are about."""
    return naming.names(desk_work.select(), {each.focus for each in findings}, language.current(), {})


def _cards(work: Work, standing: desk_work.Standing) -> list[desk_view.Card]:
    return desk_view.cards(work, standing.proposals, desk_work.choices(), standing.earlier, source_links())


def _text(work: Work, cards: Sequence[desk_view.Card]) -> dict[str, Any]:
    """What templates need to show the text with the passages of cards, and to ask for a token."""
    return {
        "taken": cards,
        "pieces": desk_view.pieces(work, cards),
        "numbers": {card.key: card.number for card in cards},
        "open_writes": bool(current_app.config["OPEN_WRITES"]),
    }


def _start(
    given: Mapping[str, str], *, begun: list[Begun] | None = None, told: str = "",
    problem: dict[str, Any] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    page = render_template(
        "curate.html", given=given, begun=begun, told=told, problem=problem, possible=access.writes_possible(),
        open_writes=bool(current_app.config["OPEN_WRITES"]), days=current_app.config["DESK_DAYS"],
        hosts=hosts(current_app.config["FETCH_HOSTS"]),
    )  # fmt: skip
    return _no_store(make_response(page, status))


def _refused(exc: KnowledgeGraphError, given: Mapping[str, str] | None = None) -> Response:
    """The beginning of the desk with what was wrong; programs get the problem itself."""
    if not wants_html():
        raise exc
    response = _start(given or {}, problem=problems.body_of(exc), status=exc.status)
    if isinstance(exc, UnauthorizedError):
        response.headers["WWW-Authenticate"] = 'Bearer realm="thidua"'
    return response


def _no_store(response: Response) -> Response:
    """What a curator has not published is nobody's to keep."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(work: Work) -> dict[str, Any]:
    """The work as programs have it."""
    return {
        "id": work.id, "ends": work.ends,
        "proposals": [
            {"id": item.key, "said": item.said, "fact": item.now.as_json(), "added": item.added} for item in work.items
        ],
    }  # fmt: skip


def _one(sent: Mapping[str, list[str]], name: str) -> str:
    return sent.get(name, [""])[0].strip()
