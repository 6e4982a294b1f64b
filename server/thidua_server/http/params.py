"""Request parameters of the SPARQL protocols: in addresses, forms and bodies, and what must not be mixed."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from flask import g, request
from werkzeug.exceptions import UnsupportedMediaType

from thidua.base.errors import InputError

FORM: Final = "application/x-www-form-urlencoded"
#: Parts of a form that comes with files.
_MOST_PARTS: Final = 20


def fields(direct: str | None = None, name: str = "") -> dict[str, list[str]]:
    """The request's parameters, each with all its values: of the address, and of the body, if it is a POST.

    :param direct: the media type of a body that is one parameter whole, called `name`.
    :raises InputError: they are not UTF-8, or too many.
    :raises UnsupportedMediaType: the body is of another type, or compressed.
    """
    if "fields" in g:  # a request that was overtaken is answered again, and its body is read once
        known: dict[str, list[str]] = g.fields
        return known
    given = _pairs(request.query_string)
    if request.method == "POST":
        refuse_compressed()
        body = request.get_data(cache=False)
        if request.mimetype == FORM:
            given += _pairs(body)
        elif direct is not None and request.mimetype == direct:
            given.append((name, text_of(body)))
        else:
            if direct is None:
                raise UnsupportedMediaType(f"Send the form as {FORM}, not {request.mimetype!r}.")
            raise UnsupportedMediaType(f"Send it as {direct} or in a form as {FORM}, not {request.mimetype!r}.")
    values: dict[str, list[str]] = {}
    for key, value in given:
        values.setdefault(key, []).append(value)
    g.fields = values
    return values


def form() -> Mapping[str, str]:
    """What a browser sends in a form, the first value of each field; files are in ``request.files``.

    :raises InputError: it is not UTF-8, or has too many fields.
    """
    if request.mimetype == FORM:
        return dict(reversed(_pairs(request.get_data(cache=False))))
    request.max_form_parts = _MOST_PARTS
    return request.form


def long_form(most: int) -> dict[str, list[str]]:
    """What a browser sends in a form of many fields, without files: each field with all its values.

    :param most: fields that it may have.
    :raises InputError: it is not UTF-8, or has more.
    :raises UnsupportedMediaType: it is sent as anything else.
    """
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"Send the form as {FORM}, not {request.mimetype!r}.")
    values: dict[str, list[str]] = {}
    for key, value in _pairs(request.get_data(cache=False), most):
        values.setdefault(key, []).append(value)
    return values


def given(name: str) -> str | None:
    """One parameter of the address, or of the form that :func:`fields` has read; None when it is not given.

    :raises InputError: it is given more than once.
    """
    return single(g.get("fields") or request.args.to_dict(flat=False), name)


def single(values: Mapping[str, list[str]], name: str) -> str | None:
    """The one value of a parameter, without the byte order mark of a file it was read from; None when it is not given.

    :raises InputError: it is given more than once.
    """
    given = values.get(name, [])
    if len(given) > 1:
        raise InputError(f"The parameter `{name}` is given {len(given)} times; give it once.")
    return given[0].removeprefix("\ufeff") if given else None


def text_of(body: bytes) -> str:
    """A body that must be text.

    :raises InputError: it is not UTF-8, in the encoding that the request names or at all.
    """
    refuse_other_charsets(request.mimetype_params)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(f"The body is not UTF-8: byte {exc.start} is wrong.") from exc


def refuse_other_charsets(parameters: Mapping[str, str]) -> None:
    """All text is read as UTF-8, so what says that it is another would be read as what it is not.

    :param parameters: those of a media type.
    :raises UnsupportedMediaType: they name another.
    """
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"Send it in UTF-8, not {charset!r}.")


def refuse_compressed() -> None:
    """A compressed body may hide a far larger one.

    :raises UnsupportedMediaType: the body is compressed, as a whole or on its way.
    """
    codings = {request.headers.get("Content-Encoding", ""), request.headers.get("Transfer-Encoding", "")}
    if not {coding.strip().lower() for coding in codings} <= {"", "identity", "chunked"}:
        raise UnsupportedMediaType("A compressed body is not taken; send it as it is.")


def _pairs(encoded: bytes, most: int = 200) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=most)
    except ValueError as exc:
        raise InputError(f"The parameters are not form-encoded UTF-8, or there are more than {most}.") from exc
