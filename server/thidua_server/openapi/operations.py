"""What the service can be asked beside the catalogued questions: one table, from which its description is made.

Whoever adds an address adds it here; a test compares the table with what the app answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from thidua.base.formats import CHANGES, GRAPHS, INPUTS, RESULTS
from thidua_server.http.memento import LINKS
from thidua_server.http.negotiation import HTML

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
STRING: Final[Mapping[str, Any]] = {"type": "string"}
_IRI: Final = {"type": "string", "format": "iri"}
_YEAR: Final = {"type": "string", "pattern": "^[0-9]{4}$"}
_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": 999_999_999}


@dataclass(frozen=True)
class Field:
    """One parameter: `place` is ``query``, ``path`` or ``header``."""

    name: str
    vi: str
    en: str
    schema: Mapping[str, Any] = field(default_factory=lambda: STRING)
    place: str = "query"
    required: bool = False
    example: Any = None


@dataclass(frozen=True)
class Operation:
    """One thing to ask or to do; `role` is what a token must allow, empty where none is needed."""

    method: str
    path: str
    id: str
    tag: str
    vi: str
    en: str
    fields: Sequence[Field] = ()
    returns: Sequence[str] = (JSON,)
    """Media types of what succeeds."""
    takes: Mapping[str, Mapping[str, Any]] | None = None
    """Media types of the body, each with its schema."""
    role: str = ""
    statuses: Sequence[int] = (200,)


VERSION: Final = Field("version", "phiên bản của đồ thị", "version of the graph", _NUMBER)
TIMEOUT: Final = Field(
    "timeout",
    "số giây được phép, chỉ có thể giảm",
    "seconds it may take; it can only be lowered",
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000},
)
LANGUAGE: Final = Field(
    "lang", "ngôn ngữ của trang", "language of a page", {"type": "string", "enum": ["vi", "en"]}, example="en"
)
AS_OF: Final = Field(
    "Accept-Datetime",
    "đồ thị như vào lúc ấy (Memento)",
    "the graph as of that time (Memento)",
    place="header",
    example="Tue, 01 Jul 2025 00:00:00 GMT",
)
#: What every answer of the graph can be asked with.
OF_A_VERSION: Final = (VERSION, TIMEOUT, AS_OF)

_BATCH: Final = (
    Field("queries", "các tên cần đối chiếu, JSON", "names to reconcile, JSON"),
    Field("extend", "các vật và thuộc tính, JSON", "things and properties, JSON"),
)
_WHAT: Final = Field(
    "what", "gợi ý gì", "what to suggest", {"type": "string", "enum": ["entity", "type", "property"]}, "path", True
)
_RECONCILED: Final = Field("id", "mã của vật", "the thing's id", required=True, example="province/thai-binh")
_QUERY: Final = Field("query", "câu truy vấn", "the query", required=True, example="SELECT * { ?s ?p ?o } LIMIT 3")
_DATASET: Final = (
    Field("default-graph-uri", "đồ thị mặc định", "default graph", {"type": "array", "items": _IRI}),
    Field("named-graph-uri", "đồ thị có tên", "named graph", {"type": "array", "items": _IRI}),
    Field("format", "định dạng, thay cho Accept", "format, in place of Accept"),
)
_GRAPH: Final = (
    Field("graph", "tên của đồ thị", "name of the graph", _IRI),
    Field("default", "đồ thị mặc định", "the default graph", {"type": "string", "maxLength": 0}),
)
_PATH: Final = Field("path", "phần còn lại của tên", "the rest of its name", place="path", required=True)
_WHICH: Final = Field("number", "số của phiên bản", "number of the version", _NUMBER, "path", True, 1)
_THING: Final = Field("path", "loại và mã", "kind and id", place="path", required=True, example="province/thai-binh")
_SPACE: Final = Field(
    "space", "không gian tên", "namespace", {"type": "string", "enum": ["concept", "graph"]}, "path", True
)
_ID: Final = Field("path", "mã", "id", place="path", required=True)
_PAGE: Final = Field("page", "trang của những phát biểu nhắc tới vật", "page of what others say of it", _NUMBER)
_ONTOLOGY: Final = Field("number", "số của bản thể luận", "number of the ontology", place="path", required=True)
_DUMP: Final = Field(
    "suffix", "định dạng", "format", {"type": "string", "enum": ["trig", "nq", "trig.gz", "nq.gz"]}, "path", True
)
_TIME: Final = (
    Field("on", "vào ngày ấy", "on that day", {"type": "string", "format": "date"}, example="2024-06-01"),
    Field("year", "hoặc trong năm ấy", "or in that year", {"type": "string", "pattern": "^[12][0-9]{3}$"}),
)
_MESSAGE: Final = Field("message", "vì sao", "why, in a few words")
_TURTLE: Final = {media_type: STRING for media_type, form in INPUTS.items() if not form.dataset}
_DATASETS: Final = dict.fromkeys(INPUTS, STRING)
_SUMMARY: Final = (200, 201, 204)


def _form(name: str) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: dict(STRING)}}


OPERATIONS: Final = (
    Operation(
        "get", "/questions", "listQuestions", "questions",
        "Danh mục câu hỏi, với tham số và các cột", "The catalogue: every question with its parameters and columns",
        returns=(JSON, HTML), fields=(LANGUAGE,),
    ),
    Operation(
        "get", "/sparql", "query", "sparql",
        "Trả lời một truy vấn SPARQL 1.1; không có truy vấn thì mô tả dịch vụ",
        "Answer a SPARQL 1.1 query; without one, describe the service",
        (Field("query", "câu truy vấn", "the query", example=_QUERY.example), *_DATASET, *OF_A_VERSION),
        (*RESULTS, *GRAPHS, HTML),
    ),
    Operation(
        "get", "/editor", "editor", "sparql", "Trang soạn truy vấn", "A page for writing queries",
        (
            Field("query", "câu truy vấn", "the query", example=_QUERY.example),
            Field("example", "câu hỏi mẫu", "a catalogued question to begin with", example="who-led"),
            VERSION, LANGUAGE,
        ), (HTML,),
    ),
    Operation(
        "get", "/editor/terms.json", "editorTerms", "sparql", "Lớp, thuộc tính và tiền tố để gợi ý khi soạn",
        "Classes, properties and prefixes to suggest while a query is written", OF_A_VERSION,
    ),
    Operation(
        "get", "/borders.json", "borders", "dataset", "Hình các đơn vị cấp tỉnh, là đường SVG",
        "Outlines of the provincial units, as SVG paths", OF_A_VERSION,
    ),
    Operation(
        "post", "/sparql", "queryByPost", "sparql",
        "Như trên, truy vấn nằm trong nội dung", "The same, with the query in the body",
        OF_A_VERSION, (*RESULTS, *GRAPHS, HTML), {FORM: _form("query"), "application/sparql-query": STRING},
    ),
    Operation(
        "post", "/update", "update", "sparql",
        "Thực hiện một SPARQL Update: một phiên bản mới, hoặc không gì cả",
        "Carry out a SPARQL update: a new version, or nothing",
        takes={FORM: _form("update"), "application/sparql-update": STRING}, role="write", statuses=(200, 204),
    ),
    Operation(
        "get", "/data", "readGraph", "graphs", "Đọc cả một đồ thị", "Read a whole graph",
        (*_GRAPH, *OF_A_VERSION), tuple(GRAPHS),
    ),
    Operation(
        "put", "/data", "replaceGraph", "graphs", "Thay một đồ thị", "Replace a graph",
        _GRAPH, takes=_TURTLE, role="write", statuses=_SUMMARY,
    ),
    Operation(
        "post", "/data", "addToGraph", "graphs", "Thêm vào một đồ thị; không nêu tên thì tạo đồ thị mới",
        "Add to a graph; without a name, to a new one",
        _GRAPH, takes=_DATASETS, role="write", statuses=_SUMMARY,
    ),
    Operation(
        "delete", "/data", "deleteGraph", "graphs", "Xóa một đồ thị", "Delete a graph",
        _GRAPH, role="write", statuses=(200, 204),
    ),
    Operation(
        "get", "/data/{path}", "readGraphByAddress", "graphs", "Đọc đồ thị mang chính địa chỉ này",
        "Read the graph that this address itself names", (_PATH, *OF_A_VERSION), tuple(GRAPHS),
    ),
    Operation(
        "put", "/data/{path}", "replaceGraphByAddress", "graphs", "Thay đồ thị mang chính địa chỉ này",
        "Replace the graph that this address itself names", (_PATH,), takes=_TURTLE, role="write", statuses=_SUMMARY,
    ),
    Operation(
        "post", "/data/{path}", "addToGraphByAddress", "graphs", "Thêm vào đồ thị mang chính địa chỉ này",
        "Add to the graph that this address itself names", (_PATH,), takes=_TURTLE, role="write", statuses=_SUMMARY,
    ),
    Operation(
        "delete", "/data/{path}", "deleteGraphByAddress", "graphs", "Xóa đồ thị mang chính địa chỉ này",
        "Delete the graph that this address itself names", (_PATH,), role="write", statuses=(200, 204),
    ),
    Operation(
        "get", "/timeline", "timeline", "questions", "Bảng: cụm nào, năm nào, ai lãnh đạo",
        "A table: who led which cluster in which year",
        (
            Field("cluster", "cụm, lặp lại được", "clusters, each once", {"type": "array", "items": STRING},
                  example=["dong-bang-song-hong"]),
            Field("from", "từ năm", "from this year", _YEAR, example="2015"),
            Field("to", "đến năm", "to this year", _YEAR, example="2025"),
            Field("role", "vai trò", "role", {"type": "string", "enum": ["all", "head", "deputy"]}),
            Field("deputies", "0 là không hiện cụm phó", "0 leaves the deputies out",
                  {"type": "string", "enum": ["0", "1"]}),
            *OF_A_VERSION, LANGUAGE,
        ), (HTML,),
    ),
    Operation(
        "get", "/coverage", "coveragePage", "questions", "Bảng: cụm nào, năm nào đã biết cụm trưởng; và các mâu thuẫn",
        "A table: for which clusters and years the head is known; and the contradictions",
        (*OF_A_VERSION, LANGUAGE), (HTML,),
    ),
    Operation(
        "get", "/validation", "validation", "versions", "Kết quả kiểm tra của một phiên bản",
        "What the checks of a version found", (*OF_A_VERSION, LANGUAGE), (JSON, "text/turtle", HTML),
    ),
    Operation(
        "get", "/versions", "listVersions", "versions", "Các phiên bản, mới nhất trước", "Every version, newest first",
        (LANGUAGE,), (JSON, HTML, LINKS),
    ),
    Operation(
        "get", "/timemap/", "timeMapOfHome", "versions", "Các phiên bản của trang đầu (Memento)",
        "The versions of the first page (Memento)", (), (LINKS,),
    ),
    Operation(
        "get", "/timemap/{path}", "timeMap", "versions",
        "Các phiên bản của một địa chỉ: đường dẫn và tham số là của địa chỉ ấy (Memento)",
        "The versions of an address: path and parameters are those of the address (Memento)",
        (Field("path", "đường dẫn của địa chỉ", "the address's path", place="path", required=True,
               example="doc/province/thai-binh"),),
        (LINKS,),
    ),
    Operation(
        "get", "/versions/{number}", "readVersion", "versions", "Mô tả một phiên bản", "What is known of one version",
        (_WHICH,),
    ),
    Operation(
        "get", "/versions/{number}/diff", "compareVersions", "versions",
        "Khác gì với phiên bản trước, hoặc với phiên bản `from`",
        "What differs from the version before, or from version `from`",
        (_WHICH, Field("from", "phiên bản cũ", "the older version", _NUMBER), LANGUAGE), (*CHANGES, HTML),
    ),
    Operation(
        "post", "/versions/{number}/rollback", "rollBack", "versions",
        "Công bố lại một phiên bản cũ", "Publish an old version again", (_WHICH, _MESSAGE), role="admin",
    ),
    Operation(
        "get", "/curate", "desk", "versions", "Bàn biên tập: một trang để soạn và xem thử một nguồn",
        "The curator's desk: a page to write a source on and to try it",
        (
            Field("source", "mã của một nguồn đã có", "the id of a source that is here", example="18d8c37f4f6536d1"),
            Field("url", "địa chỉ của một bài mới", "the address of a new article"),
            *OF_A_VERSION, LANGUAGE,
        ), (HTML,),
    ),
    Operation(
        "post", "/curate", "submit", "versions", "Xem thử, hoặc công bố, một nguồn; mã ghi nằm trong biểu mẫu",
        "Try a source, or publish it; the token may be in the form", (LANGUAGE,), (JSON, HTML),
        takes={FORM: {"type": "object", "required": ["turtle"], "properties": {
            "turtle": STRING, "graph": STRING, "mode": {"type": "string", "enum": ["put", "post", "delete"]},
            "action": {"type": "string", "enum": ["preview", "publish"]}, "parent": STRING, "message": STRING,
            "token": STRING,
        }}}, role="write",
    ),
    Operation(
        "get", "/curate/published/{number}", "published", "versions", "Điều vừa công bố", "What has been published",
        (_WHICH, LANGUAGE), (HTML,),
    ),
    Operation(
        "get", "/id/{path}", "dereference", "linked data", "Dẫn từ một vật tới tài liệu về nó",
        "Lead from a thing to a document about it", (_THING, *OF_A_VERSION), statuses=(303,),
    ),
    Operation(
        "get", "/{space}/{path}", "dereferenceConceptOrGraph", "linked data", "Như trên, cho khái niệm và đồ thị",
        "The same, for concepts and graphs", (_SPACE, _ID, *OF_A_VERSION), statuses=(303,),
    ),
    Operation(
        "get", "/doc/{path}", "describe", "linked data",
        "Điều được nói về một vật, và nguồn nào nói; đuôi .html, .ttl, .nt, .jsonld, .rdf, .trig, .nq chọn định dạng",
        "What is said of a thing, and by which sources; .html, .ttl, .nt, .jsonld, .rdf, .trig, .nq choose the format",
        (_THING, _PAGE, *OF_A_VERSION, LANGUAGE), (*GRAPHS, HTML),
    ),
    Operation(
        "get", "/ontology", "ontology", "linked data", "Bản thể luận", "The ontology",
        (*OF_A_VERSION, LANGUAGE), (*GRAPHS, HTML),
    ),
    Operation(
        "get", "/ontology/{number}", "ontologyByNumber", "linked data", "Bản thể luận, theo số của nó",
        "The ontology, by its number", (_ONTOLOGY, *OF_A_VERSION, LANGUAGE), (*GRAPHS, HTML),
    ),
    Operation(
        "get", "/shapes", "shapes", "linked data", "Các ràng buộc SHACL", "The SHACL shapes",
        (LANGUAGE,), (*GRAPHS, HTML),
    ),
    Operation(
        "get", "/.well-known/void", "void", "dataset", "Trong đồ thị có gì (VoID)", "What the graph holds (VoID)",
        OF_A_VERSION, tuple(GRAPHS), statuses=(200, 303),
    ),
    Operation(
        "get", "/dataset", "dataset", "dataset", "Tập dữ liệu và các phiên bản (DCAT)",
        "The dataset and its versions (DCAT)", (*OF_A_VERSION, LANGUAGE), (*GRAPHS, HTML),
    ),
    Operation(
        "get", "/dumps/{number}.{suffix}", "dump", "dataset", "Tải cả một phiên bản", "Download a whole version",
        (_WHICH, _DUMP, TIMEOUT), ("application/trig", "application/n-quads", "application/gzip"),
    ),
    Operation(
        "get", "/search", "search", "names", "Tìm theo tên", "Search by name",
        (
            Field("q", "tên, gõ thế nào cũng được", "a name, typed any way", required=True, example="ninh binh"),
            Field("kind", "loại, cách nhau bằng dấu phẩy", "kinds, separated by commas", example="province"),
            Field("on", "có vào ngày hoặc năm ấy", "what existed on that day or in that year", example="2024"),
            Field("limit", "nhiều nhất bao nhiêu", "at most so many", _NUMBER, example=10),
            *OF_A_VERSION, LANGUAGE,
        ), (JSON, HTML),
    ),
    Operation(
        "get", "/reconcile", "reconcile", "names", "Dịch vụ đối chiếu tên (W3C 0.2): giới thiệu, hoặc câu trả lời",
        "Reconciliation service (W3C 0.2): the manifest, or answers", (*_BATCH, *OF_A_VERSION, LANGUAGE),
    ),
    Operation(
        "post", "/reconcile", "reconcileForm", "names", "Như trên, bằng biểu mẫu", "The same, by a form",
        (*OF_A_VERSION, LANGUAGE),
        takes={FORM: {"type": "object", "properties": {"queries": STRING, "extend": STRING}}},
    ),
    Operation(
        "get", "/reconcile/properties", "reconcileProperties", "names", "Thuộc tính để mở rộng bảng",
        "Properties that a table can be extended with",
        (Field("type", "loại", "type", example="Province"), Field("limit", "nhiều nhất", "at most", _NUMBER),
         *OF_A_VERSION, LANGUAGE),
    ),
    Operation(
        "get", "/reconcile/suggest/{what}", "reconcileSuggest", "names", "Gợi ý khi gõ", "Suggestions while typing",
        (_WHAT, Field("prefix", "phần đã gõ", "what has been typed", required=True, example="thai"),
         *OF_A_VERSION, LANGUAGE),
    ),
    Operation(
        "get", "/reconcile/suggest/{what}/flyout", "reconcileFlyout", "names", "Giới thiệu một gợi ý",
        "A suggestion explained", (_WHAT, _RECONCILED, *OF_A_VERSION, LANGUAGE),
    ),
    Operation(
        "get", "/reconcile/preview", "reconcilePreview", "names", "Trang nhỏ về một vật", "A small page about a thing",
        (_RECONCILED, *OF_A_VERSION, LANGUAGE), (HTML,),
    ),
    Operation(
        "get", "/map", "map", "map",
        "Bản đồ các cụm thi đua vào một ngày hoặc trong một năm", "The map of the clusters on a day or in a year",
        (*_TIME, *OF_A_VERSION, LANGUAGE), (JSON, HTML),
    ),
    Operation(
        "get", "/map.json", "mapAsJson", "map", "Như trên, dưới dạng JSON", "The same, as JSON",
        (*_TIME, *OF_A_VERSION, LANGUAGE),
    ),
    Operation(
        "get", "/map/borders.svg", "mapBorders", "map", "Đường biên để vẽ bản đồ", "The outlines that the map draws",
        (Field("v", "mã băm của nội dung", "hash of the content"),), ("image/svg+xml",),
    ),
    Operation("get", "/health/live", "live", "operation", "Tiến trình còn chạy", "The process answers"),
    Operation("get", "/health/ready", "ready", "operation", "Có đồ thị để phục vụ", "There is a graph to serve"),
    Operation(
        "get", "/metrics", "metrics", "operation", "Số liệu cho Prometheus", "Figures for Prometheus",
        returns=("text/plain",),
    ),
    Operation("get", "/openapi.json", "openapi", "documentation", "Bản mô tả này", "This description", (LANGUAGE,)),
    Operation(
        "get", "/docs", "docs", "documentation", "Bản mô tả này, cho người đọc", "This description, to read",
        (LANGUAGE,), (HTML,),
    ),
)  # fmt: skip

#: What the operations are about, in the order of the pages.
TAGS: Final[Mapping[str, tuple[str, str]]] = {
    "questions": ("Câu hỏi", "Questions"),
    "sparql": ("SPARQL", "SPARQL"),
    "graphs": ("Đồ thị (Graph Store Protocol)", "Graphs (Graph Store Protocol)"),
    "versions": ("Phiên bản", "Versions"),
    "linked data": ("Dữ liệu liên kết", "Linked data"),
    "dataset": ("Tập dữ liệu", "Dataset"),
    "names": ("Tên", "Names"),
    "map": ("Bản đồ", "Map"),
    "operation": ("Vận hành", "Operation"),
    "documentation": ("Tài liệu", "Documentation"),
}
