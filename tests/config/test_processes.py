import socket

import pytest

from longtail.config import processes


def test_a_taken_port_is_refused_with_another_one_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(processes.PortTaken, match=f"PORT={port + 1}"):
            processes.refuse_if_taken(port)


def test_stopping_when_nothing_runs_touches_no_stranger(tmp_path):
    assert not processes.stop(tmp_path)
    # Process 1 is never ours.
    (tmp_path / "serve.pid").write_text("1")
    assert processes.stop(tmp_path)
    assert not (tmp_path / "serve.pid").exists()


def test_what_dies_is_started_again_until_it_proves_hopeless(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "EARLY_DEATHS", 2)
    monkeypatch.setattr(processes.time, "sleep", lambda _: None)
    monkeypatch.setattr(processes.signal, "signal", lambda *_: None)
    revived = []

    def commands(*_):
        return [["sh", "-c", "exit 3"], ["sh", "-c", "kill -9 $$"]]

    monkeypatch.setattr(processes, "_commands", commands)
    code = processes.serve(
        port=1, folder=tmp_path, is_demo=False, revive=lambda: revived.append(1)
    )
    assert code == 3
    assert len(revived) >= 3
    assert not (tmp_path / "serve.pid").exists()
    assert not processes.is_serving(tmp_path)
