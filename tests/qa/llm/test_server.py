"""The embedded server with the real model: shared, supervised, and gone with its users."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from index.errors import ModelUnavailable
from qa.llm.chat import ChatRequest, Message
from qa.llm.client import OpenAIClient
from qa.llm.gguf import GgufFile, locate
from qa.llm.lease import read_state
from qa.llm.models import EmbeddedModel
from qa.llm.supervisor import Supervisor

pytestmark = pytest.mark.e2e

CAPITAL = ChatRequest(
    (Message("user", "The capital of France is"),),
    max_tokens=8,
    grammar='root ::= " Paris." | " Berlin."',
    completion=True,
)
LONG = ChatRequest((Message("user", "Count: 1, 2, 3, 4,"),), max_tokens=250, completion=True)
PATIENCE_S = 20.0


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait until something holds: processes end and restart when they do, not at an instant."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def make_model(folder: Path, *, timeout_s: float = 30.0, port: int = 0) -> EmbeddedModel:
    gguf = locate()
    supervisor = Supervisor(folder, gguf, threads=1, port=port)
    return EmbeddedModel(gguf.name, supervisor, OpenAIClient(gguf.name, timeout_s=timeout_s))


@pytest.fixture
def model(tmp_path: Path) -> Iterator[EmbeddedModel]:
    made = make_model(tmp_path)
    yield made
    made.close()


def pid_of(model: EmbeddedModel) -> int:
    pid = model.supervisor.pid
    assert pid is not None
    return pid


def test_answers_under_a_grammar_and_ends_when_it_is_closed(model: EmbeddedModel) -> None:
    assert model.complete(CAPITAL).text == " Paris."
    assert model.check().ok
    pid = pid_of(model)
    model.close()
    assert eventually(lambda: gone(pid))
    with pytest.raises(ModelUnavailable, match="closed"):
        model.complete(CAPITAL)


def test_two_users_of_a_directory_share_a_process_that_outlives_the_first(tmp_path: Path) -> None:
    one, two = make_model(tmp_path), make_model(tmp_path)
    try:
        one.complete(CAPITAL)
        assert two.complete(CAPITAL).text == " Paris."
        pid = pid_of(one)
        assert pid_of(two) == pid
        one.close()
        assert two.complete(CAPITAL).text == " Paris."
        assert pid_of(two) == pid
    finally:
        one.close()
        two.close()
    assert eventually(lambda: gone(pid))


def test_a_kill_in_the_middle_of_a_generation_is_healed_by_a_second_try(
    model: EmbeddedModel,
) -> None:
    model.complete(CAPITAL)
    pid = pid_of(model)
    replies: list[str] = []
    asking = threading.Thread(target=lambda: replies.append(model.complete(LONG).finish_reason))
    asking.start()
    assert eventually(lambda: psutil.Process(pid).cpu_percent(0.05) > 20)
    os.kill(pid, signal.SIGKILL)
    asking.join(timeout=60)
    assert replies in (["length"], ["stop"])
    assert pid_of(model) != pid


def test_a_stalled_process_is_an_outage_and_is_replaced(tmp_path: Path) -> None:
    model = make_model(tmp_path, timeout_s=2.0)
    try:
        model.complete(CAPITAL)
        pid = pid_of(model)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(ModelUnavailable):
            model.complete(CAPITAL)
        assert eventually(lambda: gone(pid))
        assert eventually(lambda: model.supervisor.check().ok and model.supervisor.pid is not None)
        assert model.complete(CAPITAL).text == " Paris."
    finally:
        model.close()


def test_a_process_that_died_unused_is_started_again_by_itself(model: EmbeddedModel) -> None:
    model.complete(CAPITAL)
    pid = pid_of(model)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: model.supervisor.pid not in (None, pid) and model.check().ok)


def test_a_broken_file_is_an_outage_that_says_what_to_do_and_is_not_tried_at_once(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(locate().path.read_bytes()[:1_000_000])
    supervisor = Supervisor(tmp_path / "run", GgufFile(broken, "broken", None), threads=1)
    with pytest.raises(ModelUnavailable, match="damaged"):
        supervisor.endpoint()
    with pytest.raises(ModelUnavailable, match="damaged"):
        supervisor.endpoint()
    with pytest.raises(ModelUnavailable, match="next start in"):
        supervisor.endpoint()
    check = supervisor.check()
    assert not check.ok
    assert check.remedy
    supervisor.close()


def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF" + bytes(100))
    supervisor = Supervisor(tmp_path / "run", GgufFile(other, "other", "0" * 64), threads=1)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        supervisor.endpoint()
    supervisor.close()


def test_a_taken_port_is_an_outage_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        supervisor = Supervisor(tmp_path, locate(), threads=1, port=port)
        with pytest.raises(ModelUnavailable, match=f"port {port} is taken"):
            supervisor.endpoint()
        supervisor.close()


def test_no_process_stays_when_its_only_user_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from qa.llm.gguf import locate; "
        "from qa.llm.supervisor import Supervisor; "
        "s = Supervisor(Path(sys.argv[1]), locate(), threads=1); s.endpoint(); "
        "print(s.pid, flush=True); time.sleep(600)"
    )
    user = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    with user.stdout:
        pid = int(user.stdout.readline())
    assert not gone(pid)
    user.kill()
    user.wait()
    assert eventually(lambda: gone(pid))


def test_the_server_wants_its_key(model: EmbeddedModel) -> None:
    model.complete(CAPITAL)
    endpoint = model.supervisor.endpoint()
    client = OpenAIClient("x", timeout_s=10)
    wrong = type(endpoint)(endpoint.base_url + "/v1", "wrong")
    with pytest.raises(ModelUnavailable, match="LLM_API_KEY"):
        client.complete(wrong, CAPITAL)


def test_the_state_file_is_for_its_owner_alone(model: EmbeddedModel, tmp_path: Path) -> None:
    model.complete(CAPITAL)
    (path,) = tmp_path.glob("llm-*.json")
    assert path.stat().st_mode & 0o077 == 0
    state = read_state(path)
    assert state is not None
    assert state.pid == pid_of(model)
