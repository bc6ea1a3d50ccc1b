"""The size rules: what they find, what they leave alone."""

from tools.check_sizes import Excess, check_file, check_packages, judge


def rules(path: str, text: str, *, test: bool = False) -> list[str]:
    return [excess.rule for excess in check_file(path, text, test=test)]


def test_a_file_of_501_lines_is_too_long() -> None:
    assert rules("src/a.py", "x = 1\n" * 501) == ["file"]


def test_a_file_of_500_lines_is_not() -> None:
    assert rules("src/a.py", "x = 1\n" * 500) == []


def test_a_function_of_71_lines_is_too_long() -> None:
    assert rules("src/a.py", "def f():\n" + "    x = 1\n" * 70) == ["function"]


def test_six_arguments_are_too_many() -> None:
    assert rules("src/a.py", "def f(a, b, c, *, d, e, g): ...\n") == ["arguments"]


def test_self_is_no_argument() -> None:
    assert rules("src/a.py", "class A:\n    def f(self, a, b, c, d, e): ...\n") == []


def test_a_module_called_utils_is_refused() -> None:
    assert rules("src/nuages/utils.py", "") == ["name"]


def test_fixtures_of_a_test_are_not_counted() -> None:
    assert rules("tests/a.py", "def test_f(a, b, c, d, e, f): ...\n", test=True) == []


def test_sixteen_modules_are_too_many_for_a_package() -> None:
    found = list(check_packages([f"src/nuages/a/m{number}.py" for number in range(16)]))

    assert [(excess.rule, excess.place) for excess in found] == [("package", "src/nuages/a")]


def test_the_init_module_is_not_counted() -> None:
    names = [f"src/nuages/a/m{number}.py" for number in range(15)]

    assert list(check_packages([*names, "src/nuages/a/__init__.py"])) == []


def test_an_allowed_excess_is_no_error() -> None:
    found = [Excess("file", "src/a.py", "600 lines")]

    assert judge(found, {"file src/a.py": "one table"}) == []


def test_an_exception_that_nothing_needs_is_an_error() -> None:
    assert judge([], {"file src/a.py": "one table"}) == [
        "ALLOWED: 'file src/a.py' is not needed any more"
    ]
