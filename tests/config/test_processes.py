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
