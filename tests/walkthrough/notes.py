#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notes - a small notes web application, as people run them in containers: HTTP and JSON on port 5230, SQLite in /var/opt/memos.

    GET /healthz                     ok
    GET /api/v1/memos                all notes, the newest first
    POST /api/v1/memos {"content"}   adds one
    GET /                            a page that shows them
"""
import html
import http.server
import json
import os
import sqlite3

DATA = os.environ.get("MEMOS_DATA", "/var/opt/memos")


def ask(statement, *values):
    with sqlite3.connect(f"{DATA}/memos.db") as database:
        return database.execute(statement, values).fetchall()


class Notes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        notes = [{"id": row[0], "content": row[1]} for row in ask("SELECT id, content FROM memo ORDER BY id DESC")]
        if self.path == "/healthz":
            self.answer(200, "text/plain", b"ok")
        elif self.path == "/api/v1/memos":
            self.answer(200, "application/json", json.dumps(notes).encode())
        elif self.path == "/":
            items = "".join(f"<li>{html.escape(note['content'])}" for note in notes)
            self.answer(200, "text/html; charset=utf-8", f"<!doctype html><title>Notes</title><ul>{items}</ul>".encode())
        else:
            self.answer(404, "text/plain", b"no such page")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ask("INSERT INTO memo(content) VALUES (?)", body["content"])
        self.answer(200, "application/json", b"{}")


if __name__ == "__main__":
    os.makedirs(DATA, exist_ok=True)
    ask("CREATE TABLE IF NOT EXISTS memo(id INTEGER PRIMARY KEY, content TEXT NOT NULL)")
    print("notes: listening on port 5230", flush=True)
    http.server.ThreadingHTTPServer(("", 5230), Notes).serve_forever()
