"""A language model that says what it is told to: an OpenAI-compatible API on a socket."""

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def completion(content: object, ended: str = "stop") -> bytes:
    """The answer of the API with a text, or with facts as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps({"facts": content})
    return json.dumps(
        {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": ended}]}
    ).encode()


class LanguageModel:
    """Answers each request with the same bytes, and keeps what it was asked."""

    def __init__(
        self, answer: bytes, status: int = 200, headers: Mapping[str, str] | None = None, drip: float = 0
    ) -> None:
        self.asked: list[tuple[str, dict[str, str], Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.asked.append((handler.path, dict(handler.headers), json.loads(body)))
                handler.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    handler.send_header(name, value)
                handler.end_headers()
                try:
                    if not drip:
                        handler.wfile.write(answer)
                    for place in range(len(answer) if drip else 0):
                        handler.wfile.write(answer[place : place + 1])
                        handler.wfile.flush()
                        time.sleep(drip)
                except OSError:
                    pass  # whoever asked has gone

            def log_message(handler, *told: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._http.shutdown()
        self._http.server_close()
