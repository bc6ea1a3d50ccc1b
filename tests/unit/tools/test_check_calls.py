"""The rule that programs are started through one door, and never by a shell."""

import pytest

from tools.check_calls import check_calls


@pytest.mark.parametrize(
    "call",
    [
        "os.system('ls')",
        "os.popen('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=1)",
        "subprocess.run('ls', shell=wanted)",
        "asyncio.create_subprocess_shell('ls')",
    ],
)
def test_a_shell_is_found_even_behind_the_door(call: str) -> None:
    assert len(list(check_calls("src/nuages/system/a.py", call))) == 1


@pytest.mark.parametrize("call", ["os.execve(p, a, e)", "os.spawnv(0, p, a)", "pty.spawn(a)"])
def test_starting_a_program_elsewhere_is_found(call: str) -> None:
    assert list(check_calls("src/nuages/run/a.py", f"\n{call}")) == [
        f"src/nuages/run/a.py:2: {call.split('(', maxsplit=1)[0]} outside nuages.system"
    ]


def test_starting_a_program_behind_the_door_is_fine() -> None:
    assert list(check_calls("src/nuages/system/a.py", "os.execve(p, a, e)")) == []


def test_shell_false_is_fine() -> None:
    assert list(check_calls("src/nuages/system/a.py", "subprocess.run(a, shell=False)")) == []
