"""The benchmarks' websocket client, byte by byte: what it tells would otherwise be trusted unseen."""

import asyncio
from typing import cast

import pytest

from bench.support.websocket import ACCEPTED, HEAD_END, MASK, WebSocket

HEAD = ACCEPTED + b" Switching Protocols\r\nUpgrade: websocket" + HEAD_END
LONG = b"x" * 126
LONGEST = b"y" * 65_536
FRAMES = (
    b"\x81\x02hi"
    + b"\x89\x01p"
    + b"\x81\x7e"
    + len(LONG).to_bytes(2)
    + LONG
    + b"\x81\x00"
    + b"\x8a\x00"
    + b"\x81\x7f"
    + len(LONGEST).to_bytes(8)
    + LONGEST
)
TEXTS = [b"hi", LONG, b"", LONGEST]


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.is_aborted = True


class Recorder(WebSocket):
    def __init__(self) -> None:
        super().__init__("127.0.0.1:1")
        self.told: list[bytes] = []
        self.reasons: list[str] = []

    def text(self, payload: bytes) -> None:
        self.told.append(payload)

    def ended(self, reason: str) -> None:
        self.reasons.append(reason)


def connected() -> tuple[Recorder, Wire]:
    recorder, wire = Recorder(), Wire()
    recorder.connection_made(cast("asyncio.Transport", wire))
    assert b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n" in wire.written.pop()
    return recorder, wire


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1_000_000])
def test_frames_are_found_however_they_are_cut(size: int) -> None:
    recorder, wire = connected()
    data = HEAD + FRAMES
    for start in range(0, len(data), size):
        recorder.data_received(data[start : start + size])
    assert recorder.told == TEXTS
    assert wire.written == [b"\x8a\x81" + MASK + b"p"]


def test_messages_go_out_masked() -> None:
    recorder, wire = connected()
    recorder.send(b"hi")
    recorder.send(LONG)
    assert wire.written == [b"\x81\x82" + MASK + b"hi", b"\x81\xfe\x00\x7e" + MASK + LONG]


def test_a_close_is_answered_once() -> None:
    recorder, wire = connected()
    recorder.data_received(HEAD + b"\x88\x06\x03\xe8bye!")
    recorder.close()
    recorder.connection_lost(None)
    assert wire.written == [b"\x88\x82" + MASK + b"\x03\xe8"]
    assert recorder.reasons == ["closed with 1000 bye!"]


def test_before_the_handshake_is_done_it_is_dropped() -> None:
    recorder, wire = connected()
    recorder.close()
    assert wire.is_aborted
    assert wire.written == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused: HTTP/1.1 403 Forbidden"),
        (HEAD + b"\x82\x00", "a frame of kind 0x82"),
        (HEAD + b"\x01\x00", "a frame of kind 0x1"),
        (HEAD, "dropped"),
    ],
)
def test_what_ends_it_is_told(data: bytes, reason: str) -> None:
    recorder, wire = connected()
    recorder.data_received(data)
    assert wire.is_aborted == (reason != "dropped")
    recorder.connection_lost(None)
    assert recorder.reasons == [reason]
