"""A Snowflake that stands on this machine: fakesnow, spoken to by Snowflake's Node driver.

fakesnow lets anybody in, answers in Arrow (the Node driver reads JSON alone) and never fails. So this wraps it: logins are
checked, results come as JSON with further parts behind addresses of their own, the same request id is answered once, a
statement can be cancelled, and a test can order faults and read what is open.

Started with one JSON argument {user, password, public_key}; prints {"port": n}; ends when its input closes.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import logging
import re
import secrets
import sys
import warnings
from collections import OrderedDict, deque

import duckdb
import fakesnow.server
import jwt
import pyarrow as pa
import uvicorn
from cryptography.hazmat.primitives import serialization
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

# The package has a function of the same name as its module.
fakesnow = sys.modules["fakesnow.server"]
SETTINGS = json.loads(sys.argv[1])
INLINE_ROWS = 1_000
PART_ROWS = 10_000

logging.getLogger("fakesnow.server").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore")

faults: list[dict] = []
statements: deque = deque(maxlen=5_000)
logins = {"accepted": 0, "refused": 0}
answered: OrderedDict[str, dict] = OrderedDict()
parts: OrderedDict[str, str] = OrderedDict()
running: dict[str, tuple[asyncio.Event, str]] = {}
changing = asyncio.Lock()


def refused(code: str, message: str, state: str | None = None, **data) -> dict:
    data = {**data, "errorCode": code, "sqlState": state} if state else (data or None)
    return {"data": data, "code": code, "message": message, "success": False, "headers": None}


def take_fault(kind: str, text: str) -> dict | None:
    for fault in faults:
        if fault["on"] == kind and fault["times"] > 0 and re.search(fault["match"], text):
            fault["times"] -= 1
            return fault
    return None


async def play(fault: dict | None, cancelled: asyncio.Event | None = None) -> Response | None:
    """What a fault does instead of, or before, the right answer."""
    if fault is None:
        return None
    if fault["kind"] == "slow":
        try:
            await asyncio.wait_for((cancelled or asyncio.Event()).wait(), fault["seconds"])
        except asyncio.TimeoutError:
            pass
        return None
    if fault["kind"] == "status":
        return Response("<html>unavailable</html>", status_code=fault["status"], media_type="text/html")
    if fault["kind"] == "refuse":
        return JSONResponse(refused(fault["code"], fault["message"], fault.get("state")))
    return None


def cut_short(text: str, media_type: str) -> Response:
    """The first half of an answer; then the connection is gone."""
    body = text.encode()

    async def half():
        yield body[: len(body) // 2]
        raise ConnectionAbortedError("ordered by the test")

    return StreamingResponse(half(), headers={"content-length": str(len(body))}, media_type=media_type)


def key_fingerprint(pem: str) -> str:
    key = serialization.load_pem_public_key(pem.encode())
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def login_problem(data: dict) -> dict | None:
    if data.get("AUTHENTICATOR") == "SNOWFLAKE_JWT":
        try:
            # The driver gives its times in milliseconds, which are no times to this library.
            lax = {"verify_iat": False, "verify_exp": False}
            claims = jwt.decode(data["TOKEN"], SETTINGS["public_key"], algorithms=["RS256"], options=lax)
            subject = f"{data['ACCOUNT_NAME']}.{SETTINGS['user']}".upper()
            if claims["sub"] != subject or claims["iss"] != f"{subject}.{key_fingerprint(SETTINGS['public_key'])}":
                raise jwt.InvalidTokenError("another user or key")
        except jwt.InvalidTokenError:
            return refused("390144", f"JWT token is invalid. [{secrets.token_hex(16)}]")
    elif (data.get("LOGIN_NAME", "").lower(), data.get("PASSWORD")) != (SETTINGS["user"], SETTINGS["password"]):
        return refused("390100", "Incorrect username or password was specified.", nextAction="RETRY_LOGIN")
    return None


async def login(request: Request) -> Response:
    data = json.loads(await plain_body(request))["data"]
    if response := await play(take_fault("login", "")):
        return response
    if problem := login_problem(data):
        logins["refused"] += 1
        return JSONResponse(problem)
    logins["accepted"] += 1
    answer = json.loads((await fakesnow.login_request(request)).body)
    answer["data"] |= {
        "masterToken": secrets.token_urlsafe(32),
        "masterValidityInSeconds": 14_400,
        "validityInSeconds": 3_600,
    }
    return JSONResponse(answer)


async def plain_body(request: Request) -> bytes:
    body = await request.body()
    return fakesnow.gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body


def cell(value, column: dict) -> str | None:
    if value is None:
        return None
    kind = column["type"]
    if kind.startswith("timestamp"):
        if value["epoch"] is None:
            return None
        text = f"{value['epoch']}.{value['fraction']:09d}"
        return f"{text} {value['timezone']}" if kind == "timestamp_tz" else text
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "date":
        return str((value - type(value)(1970, 1, 1)).days)
    return str(value)


def in_json(request: Request, answer: dict) -> dict:
    """The answer as the Node driver reads it: rows of text, the first inline, the others behind addresses."""
    data = answer["data"]
    if not answer["success"] or data is None:
        return answer
    if data.get("queryResultFormat") == "arrow":
        arrow = data.pop("rowsetBase64")
        columns = data["rowtype"]
        table = pa.ipc.open_stream(base64.b64decode(arrow)).read_all() if arrow else None
        values = [[cell(v, c) for v in table.column(i).to_pylist()] for i, c in enumerate(columns)] if table else []
        data["rowset"] = [list(row) for row in zip(*values)]
        data["queryResultFormat"] = "json"
    rows = data.get("rowset", [])
    data["rowset"] = rows[:INLINE_ROWS]
    data["total"] = data["returned"] = len(rows)
    data["chunks"] = []
    for start in range(INLINE_ROWS, len(rows), PART_ROWS):
        part = rows[start : start + PART_ROWS]
        text = json.dumps(part)[1:-1]
        name = secrets.token_urlsafe(12)
        parts[name] = text
        size = {"uncompressedSize": len(text), "compressedSize": len(text)}
        data["chunks"].append({"url": f"{request.base_url}parts/{name}", "rowCount": len(part), **size})
    while len(parts) > 200:
        parts.popitem(last=False)
    data["parameters"] = [
        {"name": "TIMEZONE", "value": "UTC"},
        {"name": "TIMESTAMP_OUTPUT_FORMAT", "value": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"},
    ]
    return answer


async def run(request: Request) -> dict:
    """The driver asks again for a minute when it gets a 500; here that would only mean that fakesnow lacks something."""
    changes = re.match("(MERGE|UPDATE|DELETE) ", json.loads(await plain_body(request))["sqlText"])
    try:
        # In Snowflake they wait for each other; in DuckDB the second of two fails.
        async with changing if changes else contextlib.nullcontext():
            response = await fakesnow.query_request(request)
        answer = json.loads(response.body)
        if response.status_code == 500:
            return refused("000002", answer["message"], "0A000")
        return in_json(request, answer)
    except Exception as error:
        return refused("000002", repr(error), "0A000")


async def query(request: Request) -> Response:
    request_id = request.query_params["requestId"]
    body = json.loads(await plain_body(request))
    sql = body["sqlText"]
    fault = take_fault("query", sql)
    if request_id not in answered:
        token = request.headers.get("Authorization", "")[17:-1]
        if token not in fakesnow.sessions:
            return JSONResponse(refused("390111", "Session no longer exists. New login required."))
        cancelled = asyncio.Event()
        running[request_id] = (cancelled, token)
        statements.append(
            {"sql": sql, "parameters": body.get("parameters"), "request": request_id, "cancelled": False}
        )
        entry = statements[-1]
        try:
            if fault and fault.get("code") == "390111":
                end_session(token)
            if (not fault or not fault.get("after")) and (response := await play(fault, cancelled)):
                return response
            if not cancelled.is_set():
                answer = await run(request)
        except duckdb.InterruptException:
            cancelled.set()
        finally:
            del running[request_id]
            fakesnow.shared_fs.results_cache.clear()
        entry["cancelled"] = cancelled.is_set()
        if entry["cancelled"]:
            answer = refused("000604", "SQL execution canceled", "57014", queryId=request_id)
        answered[request_id] = answer
        while len(answered) > 100:
            answered.popitem(last=False)
    answer = answered[request_id]
    if fault and fault.get("after"):
        return await play(fault)
    return cut_short(json.dumps(answer), "application/json") if fault and fault["kind"] == "drop" else JSONResponse(answer)


def interrupt(request_id: str) -> None:
    cancelled, token = running[request_id]
    cancelled.set()
    if connection := fakesnow.sessions.get(token):
        connection._duck_conn.interrupt()


async def cancel(request: Request) -> Response:
    if response := await play(take_fault("end", "cancel")):
        return response
    request_id = json.loads(await plain_body(request)).get("requestId")
    if request_id in running:
        interrupt(request_id)
    return await nothing(request)


async def part(request: Request) -> Response:
    text = parts[request.path_params["name"]]
    fault = take_fault("part", request.path_params["name"])
    if response := await play(fault):
        return response
    # Not "application/json": a part has no brackets around it.
    if fault and fault["kind"] == "drop":
        return cut_short(text, "binary/octet-stream")
    return Response(text, media_type="binary/octet-stream")


def end_session(token: str) -> None:
    """Also ends what the session still runs, as Snowflake does."""
    for request_id in [each for each, (_, owner) in running.items() if owner == token]:
        interrupt(request_id)
    if connection := fakesnow.sessions.pop(token, None):
        connection.close()


async def session(request: Request) -> Response:
    if not request.query_params.get("delete"):
        return await fakesnow.session(request)
    if response := await play(take_fault("end", "log out")):
        return response
    end_session(request.headers.get("Authorization", "")[17:-1])
    return await nothing(request)


async def orders(request: Request) -> Response:
    """For the test: POST sets the faults, GET tells what is open and what was asked."""
    if request.method == "POST":
        faults[:] = [{"match": "", "times": 1, "seconds": 60, **fault} for fault in await request.json()]
    return JSONResponse(
        {
            "sessions": len(fakesnow.sessions),
            "sockets": len(uvicorn_server.server_state.connections),
            "running": len(running),
            "logins": logins,
            "statements": list(statements),
        }
    )


async def nothing(_: Request) -> Response:
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


app = Starlette(
    routes=[
        Route("/session/v1/login-request", login, methods=["POST"]),
        Route("/session", session, methods=["POST"]),
        Route("/session/heartbeat", session, methods=["POST"]),
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/queries/v1/abort-request", cancel, methods=["POST"]),
        Route("/parts/{name}", part),
        Route("/telemetry/send", nothing, methods=["POST"]),
        Route("/orders", orders, methods=["GET", "POST"]),
    ]
)

uvicorn_server = uvicorn.Server(
    uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", timeout_keep_alive=600)
)


async def main() -> None:
    task = asyncio.create_task(uvicorn_server.serve())
    while not uvicorn_server.started:
        await asyncio.sleep(0.01)
    print(json.dumps({"port": uvicorn_server.servers[0].sockets[0].getsockname()[1]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    uvicorn_server.should_exit = uvicorn_server.force_exit = True
    await task


if __name__ == "__main__":
    asyncio.run(main())
