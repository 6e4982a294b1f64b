"""What the service and the commands say to who reads Vietnamese: every message has a translation, which is used."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.support import messages
from tests.support.service import Server
from thidua.base.errors import Finding, InputError, InvalidDataError
from thidua.base.translation import of_environment, translated

_PLACE = re.compile(r"\{(\w+)(?:![rs])?(?::[nt])?\}")


class TestCatalogue:
    def test_every_message_has_a_translation(self) -> None:
        """A new one comes with its Vietnamese: run ``python -m tests.support.messages`` and fill in what it adds."""
        assert messages.untranslated(messages.renewed(messages.read())) == []

    def test_nothing_is_kept_that_nobody_says(self) -> None:
        renewed = {str(each.id) for each in messages.renewed(messages.read())}
        assert {str(each.id) for each in messages.read()} - renewed == set()

    def test_what_is_kept_by_hand_is_said_somewhere(self) -> None:
        """Its longest piece between the values stands in the code, or in a library's."""
        code = "\n".join([*(path.read_text() for path in messages.sources()), *messages.of_libraries()])
        by_hand = [str(each.id) for each in messages.read() if messages.BY_HAND in each.auto_comments]
        pieces = {text: max(_PLACE.split(text)[::2], key=len).strip() for text in by_hand}
        assert [text for text, piece in pieces.items() if piece not in code] == []

    def test_a_translation_has_the_values_of_its_message(self) -> None:
        wrong = [
            str(each.id)
            for each in messages.read()
            if isinstance(each.id, str) and set(_PLACE.findall(each.id)) != set(_PLACE.findall(str(each.string)))
            if each.id and any(each.string)
        ]
        assert wrong == []

    def test_the_compiled_file_is_of_the_written_one(self) -> None:
        assert messages.COMPILED.read_bytes() == messages.compiled(messages.read())


class TestTranslated:
    def test_a_message_with_values(self) -> None:
        assert translated("There is no version 99; these are kept: 1.", "vi") == "Không có phiên bản 99; còn giữ: 1."

    def test_english_stays_and_so_does_what_nobody_knows(self) -> None:
        assert translated("There is no version 99; these are kept: 1.", "en").startswith("There is no version")
        assert translated("something else", "vi") == "something else"

    def test_a_sentence_that_is_known_beside_one_that_is_not(self) -> None:
        told = translated("A library says so. There is no version 99; these are kept: 1.", "vi")
        assert told == "A library says so. Không có phiên bản 99; còn giữ: 1."

    def test_findings_are_told_in_their_own_words(self) -> None:
        finding = Finding("Violation", "s", "urn:x", None, None, "Thiếu nguồn.", "It has no source.", "a.ttl:3")
        error = InvalidDataError([finding])
        assert error.told_in("vi") == "a.ttl:3: vi phạm: Thiếu nguồn. [<urn:x>]"
        assert error.told_in("en") == str(error) == "a.ttl:3: violation: It has no source. [<urn:x>]"

    @pytest.mark.parametrize(
        ("message", "told"),
        [
            ("Line 1, column 1: 'SELEC' is no word of SPARQL", "Dòng 1, cột 1: 'SELEC' không phải từ của SPARQL"),
            ("body: Parser error at line 1 column 23: Unexpected end",
             "body: Lỗi cú pháp ở dòng 1, cột 23: kết thúc giữa chừng"),
            ("cluster: No cluster is called 'x'; choose one of the candidates:\n  a  A: is no B",
             "cluster: Không có cụm thi đua nào tên là 'x'; hãy chọn một trong các gợi ý:\n  a  A: is no B"),
            ("The query did not end within 2.5 s; ask for less, or add a LIMIT.",
             "Truy vấn không xong trong 2,5 giây; hãy hỏi ít hơn, hoặc thêm LIMIT."),
        ],
    )  # fmt: skip
    def test_a_message_within_a_message(self, message: str, told: str) -> None:
        assert translated(message, "vi") == told

    @pytest.mark.parametrize("text", ["{0}" * 4_000, ". " * 4_000, "There is no version " * 390, "\n" * 7_999])
    def test_rubbish_is_told_as_it_stands(self, text: str) -> None:
        assert InputError(text).told_in("vi") == text

    @pytest.mark.parametrize(
        "text",
        [
            "a: ", "a\n", ". ", "not ", " is ", "; ", "`", "Line 1, column 1: ", "The query cannot be run: ",
            "queries/a.rq: b. ", "a. There is no version b; these are kept: ", "x: x: x: x: \n",
        ],
    )  # fmt: skip
    def test_the_worst_texts_take_no_time(self, text: str) -> None:
        translated("warm", "vi")
        begun = time.thread_time()
        translated((text * 8_000)[:8_000], "vi")
        assert time.thread_time() - begun < 2


class TestTerminal:
    @pytest.mark.parametrize(
        ("variables", "language"),
        [
            ({"LANG": "vi_VN.UTF-8"}, "vi"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "C"}, "en"), ({}, "en"),
            ({"LANG": "en_GB.UTF-8", "LC_ALL": "vi_VN"}, "vi"), ({"LANG": "vi_VN", "LANGUAGE": "en:vi"}, "en"),
        ],
    )  # fmt: skip
    def test_its_language(self, variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert of_environment() == language

    @pytest.mark.parametrize(
        "arguments", [["--help"], ["ask", "--help"], ["link", "check", "--help"], ["extract", "-h"]]
    )
    def test_help_is_in_vietnamese(self, arguments: list[str]) -> None:
        told = _run(arguments, "vi_VN.UTF-8")
        assert told.returncode == 0
        assert "Cách dùng:" in told.stdout
        assert not re.search(r"\b(the|Usage|Options|Folder|of the)\b", told.stdout), told.stdout

    def test_help_is_in_english_elsewhere(self) -> None:
        assert "Usage:" in _run(["ask", "--help"], "C.UTF-8").stdout

    def test_heads_are_told_in_vietnamese_but_names_of_columns_stay(self, store: Path) -> None:
        """What a question or a query calls its columns is what files have too, though a message may be called so."""
        found = _run(["search", "ninh binh", "--format", "table", "--store", str(store)], "vi_VN.UTF-8").stdout
        assert "tìm theo" in found and "found by" not in found
        asked = ["ask", "who-led", "--year", "2023", "--format", "table", "--store", str(store)]
        assert {"role:", "year:"} <= set(_run(asked, "vi_VN.UTF-8").stdout.split())
        text = "SELECT (1 AS ?role) (2 AS ?name) {}"
        told = _run(["query", text, "--format", "table", "--store", str(store)], "vi_VN.UTF-8").stdout
        assert {"role", "name"} <= set(told.split())

    def test_wrong_use_is_told_in_vietnamese(self) -> None:
        told = _run(["query"], "vi_VN.UTF-8")
        assert (told.returncode, "Hãy cho" in told.stderr) == (2, True), told.stderr

    def test_an_error_is_told_in_vietnamese(self, tmp_path: Path) -> None:
        told = _run(["ask", "who-led", "--store", str(tmp_path / "none")], "vi_VN.UTF-8")
        assert told.returncode == 3
        assert "thidua build" in told.stderr
        assert "Không có đồ thị" in told.stderr, told.stderr


class TestService:
    ADDRESS = "/questions/who-led?provnce=x"

    def test_a_page_says_it_in_its_language(self, server: Server) -> None:
        for language, words in (("vi", "không có tham số"), ("en", "has no parameter")):
            page = requests.get(
                server.url + self.ADDRESS, headers={"Accept": "text/html", "Accept-Language": language}, timeout=30
            )
            assert (page.status_code, words in page.text) == (400, True), page.text

    def test_a_program_hears_english_unless_it_asks(self, server: Server) -> None:
        plain = requests.get(server.url + self.ADDRESS, headers={"Accept": "application/json"}, timeout=30)
        asked = requests.get(
            server.url + self.ADDRESS, headers={"Accept": "application/json", "Accept-Language": "vi"}, timeout=30
        )
        assert ("has no parameter" in plain.json()["detail"], plain.headers["Content-Language"]) == (True, "en")
        assert ("không có tham số" in asked.json()["detail"], asked.headers["Content-Language"]) == (True, "vi")
        assert plain.json()["code"] == asked.json()["code"] == "bad-parameter"


def _run(arguments: list[str], language: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "LC_ALL", "LC_MESSAGES")}
    return subprocess.run(
        [sys.executable, "-m", "thidua", *arguments],
        env=kept | {"LANG": language, "PYTHONUTF8": "1", "COLUMNS": "100"}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
