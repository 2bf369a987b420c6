from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import pytest

from stackctl.engine.run import Command, Running, run


def python(code: str, **more: object) -> Command:
    return Command((sys.executable, "-c", code), **more)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone_soon(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_both_outputs_and_the_exit_code_come_back() -> None:
    outcome = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"))
    assert (outcome.code, outcome.out, outcome.err) == (7, "out\n", "err\n")
    assert outcome.seconds > 0


def test_much_output_on_both_sides_does_not_block() -> None:
    code = "import sys\nfor _ in range(20000): print('o' * 20); print('e' * 20, file=sys.stderr)"
    outcome = run(python(code), timeout=60)
    assert (len(outcome.out), len(outcome.err)) == (21 * 20000, 21 * 20000)


def test_bytes_that_are_no_text_do_not_break_the_reading() -> None:
    assert run(python(r"import sys; sys.stdout.buffer.write(b'a\xffb')")).out == "a�b"


def test_the_input_is_closed() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))"), timeout=20).out == "''\n"


def test_given_input_is_read_to_its_end() -> None:
    command = python("import sys; print(len(sys.stdin.buffer.read()))", input=b"x" * 300_000)
    assert run(command, timeout=20).out == "300000\n"


def test_input_that_nobody_reads_is_no_error() -> None:
    assert run(python("pass", input=b"x" * 300_000), timeout=20).code == 0


def test_the_environment_is_given_and_not_inherited() -> None:
    outcome = run(python("import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))", env={"A": "1"}))
    assert outcome.out == "['A']\n"


def test_a_secret_reaches_the_process_and_stands_in_no_argument() -> None:
    code = "import os, sys; print(os.environ['PW'], 'hunter2' in open('/proc/self/cmdline').read())"
    command = python(code.replace("'hunter2'", "''.join(['hunt', 'er2'])"), secret_env={"PW": "hunter2"})
    assert run(command).out == "hunter2 False\n"
    assert "hunter2" not in str(command)
    assert "hunter2" not in " ".join(command.argv)


def test_a_command_prints_as_a_line_to_paste() -> None:
    assert str(Command(("docker", "exec", "a b", "sh -c 'x'"))) == """docker exec 'a b' 'sh -c '"'"'x'"'"''"""


def test_it_runs_in_its_folder(tmp_path: Path) -> None:
    assert run(python("import os; print(os.getcwd())", cwd=tmp_path)).out.strip() == str(tmp_path.resolve())


def test_a_program_that_does_not_exist_is_said_so() -> None:
    with pytest.raises(FileNotFoundError):
        run(Command(("no-such-program-anywhere",)))


def test_it_runs_in_a_process_group_of_its_own() -> None:
    assert int(run(python("import os; print(os.getpgrp())")).out) != os.getpgrp()


PATIENT = "import time; print('up', flush=True); time.sleep(60)"


def family(note: Path) -> Command:
    """Give a process that starts another one, notes its id, says so and waits for it."""
    script = f"sleep 60 & echo $! > {shlex.quote(str(note))}; echo up; wait"
    return Command(("sh", "-c", script), env={"PATH": os.environ["PATH"]})


def test_a_timeout_ends_the_whole_process_group(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        run(family(note), timeout=1)
    assert time.monotonic() - start < 60, "before the process would have ended by itself"
    assert gone_soon(int(note.read_text()))


def test_stopping_ends_the_children_too(tmp_path: Path) -> None:
    note, ready = tmp_path / "pid", threading.Event()
    running = Running(family(note), lambda _line: ready.set(), lambda _line: None)
    assert ready.wait(20)
    child = int(note.read_text())
    assert alive(child)
    assert running.poll() is None
    running.stop()
    assert running.poll() is not None
    assert gone_soon(child)


def test_stopping_what_has_ended_is_fine() -> None:
    running = Running(python("pass"), lambda _line: None, lambda _line: None)
    assert running.wait(20) == 0
    running.stop()
    assert running.poll() == 0


def test_lines_come_while_it_runs() -> None:
    lines: list[str] = []
    first = threading.Event()

    def heard(line: str) -> None:
        lines.append(line)
        first.set()

    running = Running(python(PATIENT), heard, lambda _line: None)
    assert first.wait(20)
    assert running.poll() is None
    assert lines == ["up\n"]
    running.stop()


def test_waiting_has_an_end() -> None:
    running = Running(python(PATIENT), lambda _line: None, lambda _line: None)
    with pytest.raises(TimeoutError):
        running.wait(0.1)
    running.stop()
