"""The packages of a project that only setuptools' files list."""

from __future__ import annotations

import pytest

from nuages.inspect.facts.dependencies import find_dependencies
from nuages.inspect.lists.setup import read_setup
from tests.unit.inspect.projects import codes, plain

LIST = "# the web\nDjango==4.2.1\n-r more.txt\n"


def setup_of(tree, script: str, **files: str):
    made = tree({"setup.py": script, "requirements/base.txt": LIST,
                 "requirements/more.txt": "pytz\n", **files})  # fmt: skip
    read = read_setup(made, ".", made.remarks)
    assert read is not None
    return read


@pytest.mark.parametrize(
    "script",
    [
        "from setuptools import setup\nsetup(install_requires=['Django==4.2.1', 'pytz'])\n",
        "import setuptools\nBASE = ['Django==4.2.1']\n"
        "setuptools.setup(install_requires=BASE + ['pytz'])\n",
        "setup(install_requires='''\n  Django==4.2.1 # web\n  pytz\n''')\n",
        "needs = ['Django==4.2.1']\nneeds.append('pytz')\nsetup(install_requires=needs)\n",
        "needs = ('Django==4.2.1',)\nneeds += ('pytz',)\nsetup(install_requires=list(needs))\n",
        "given = {'name': 'x', 'install_requires': ['Django==4.2.1', 'pytz']}\nsetup(**given)\n",
        "given = dict(install_requires=['Django==4.2.1', 'pytz'])\nsetup(**given)\n",
        "needs = {'web': ['Django==4.2.1'], 'all': ['pytz']}\n"
        "setup(install_requires=[*needs['web'], *needs['all']])\n",
        "setup(install_requires=open('requirements/base.txt').read().splitlines())\n",
        "import os\nhere = os.path.dirname(__file__)\n"
        "with open(os.path.join(here, 'requirements', 'base.txt')) as file:\n"
        "    needs = [line.strip() for line in file if not line.startswith('#')]\n"
        "setup(install_requires=needs)\n",
        "from pathlib import Path\nHERE = Path(__file__).parent\n"
        "setup(install_requires=(HERE / 'requirements' / 'base.txt').read_text().split('\\n'))\n",
        "from pip.req import parse_requirements\n"
        "found = parse_requirements('requirements/base.txt', session=False)\n"
        "setup(install_requires=[str(each.req) for each in found])\n",
        "def needs(name='requirements/base.txt'):\n    with open(name) as file:\n"
        "        return [line for line in file]\nsetup(install_requires=needs())\n",
        "def needs(name):\n    return open(name).readlines()\n"
        "setup(install_requires=needs('requirements/base.txt'))\n",
        "def needs():\n    return ['Django==4.2.1', 'pytz']\nsetup(install_requires=needs())\n",
        "import os\ndef main():\n    needs = []\n    if os.path.exists('requirements/base.txt'):\n"
        "        needs = open('requirements/base.txt').readlines()\n"
        "    setup(install_requires=needs)\nif __name__ == '__main__':\n    main()\n",
        "import sys\nneeds = ['Django==4.2.1', 'pytz']\nif sys.version_info < (3,):\n"
        "    needs.append('enum34')\nsetup(install_requires=needs)\n",
    ],
)
def test_a_script_is_read_as_people_write_them(tree, script: str) -> None:
    read = setup_of(tree, script)
    assert read.whole
    assert read.requirements.lines == ["Django==4.2.1", "pytz"]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("setup(install_requires=fetch())\n", []),
        ("setup(install_requires=['Django'] + fetch())\n", ["Django"]),
        ("needs = needs + ['Django']\nsetup(install_requires=needs)\n", ["Django"]),
        ("setup(install_requires=open('absent.txt').readlines())\n", []),
        ("print 'python 2'\n", []),
        ("import os\n", []),
        ("setup(install_requires=5)\n", []),
        ("def a():\n    return b()\ndef b():\n    return a()\nsetup(install_requires=a())\n", []),
    ],
)
def test_what_only_running_tells_is_left_open(tree, script: str, lines: list[str]) -> None:
    read = setup_of(tree, script)
    assert read.requirements.lines == lines
    # What refers to itself has nothing more to say, and 5 is no requirement.
    assert read.whole == ("needs" in script or "=5" in script)


def test_a_configuration_lists_packages_extras_and_files(tree) -> None:
    text = (
        "[options]\ninstall_requires =\n    Django>=4 ; python_version > '3'\n    # a remark\n"
        "    pytz\n[options.extras_require]\nweb = gunicorn; whitenoise\n"
        "dev = file: requirements/more.txt\n"
    )
    read = setup_of(tree, "from setuptools import setup\nsetup()\n", **{"setup.cfg": text})
    assert read.files == ("setup.cfg", "setup.py")
    assert read.requirements.lines == ["Django>=4 ; python_version > '3'", "pytz"]
    assert [(each.name, each.file, each.line) for each in read.requirements.requirements] == [
        ("django", "setup.cfg", 3), ("pytz", "setup.cfg", 5),
    ]  # fmt: skip
    assert read.extras == {"web": ("gunicorn", "whitenoise"), "dev": ("pytz",)}
    from_file = {"setup.cfg": "[options]\ninstall_requires = file: requirements/base.txt\n"}
    assert setup_of(tree, "setup()", **from_file).requirements.lines == ["Django==4.2.1", "pytz"]


@pytest.mark.parametrize("text", ["no section", "[options\n", "[a]\n[a]\n", "[options]\nx", "%("])
def test_an_odd_configuration_lists_nothing(tree, text: str) -> None:
    assert setup_of(tree, "setup()", **{"setup.cfg": text}).requirements.lines == []


def test_a_project_is_installed_by_its_list_and_built_only_where_that_tells_more(tree) -> None:
    def of(script: str):
        made = tree({"setup.py": script, "manage.py": ""})
        return find_dependencies(made, ".", made.remarks).value.value

    plain_one = of("setup(install_requires=['Django==4.2.1'])")
    assert (plain_one.kind, plain_one.files) == ("setup", ("setup.py",))
    assert (plain_one.lines, plain_one.library) == (("Django==4.2.1",), "")
    assert plain_one.pins == (("django", "4.2.1"),)
    compiled = of("setup(install_requires=['Django'], ext_modules=[Extension('a', ['a.c'])])")
    assert (compiled.lines, compiled.library) == (("Django",), "setup.py")
    computed = of("setup(install_requires=fetch())")
    assert (computed.lines, computed.library) == (("#",), "setup.py")
    assert of("setup(name='x')").kind == "none"


def test_an_extra_of_setuptools_that_names_django_is_taken(tree) -> None:
    made = tree({"setup.py": "setup(extras_require={'web': ['django==5.2', 'pytz']})\n"})
    value = find_dependencies(made, ".", made.remarks).value.value
    assert (value.files, value.names) == (("setup.py",), {"django", "pytz"})
    assert value.lines == ("django==5.2", "pytz")


@pytest.mark.parametrize(
    ("tables", "lines"),
    [
        ("[tool.setuptools.dynamic]\ndependencies = {file = ['needs.txt']}\n", ("Django~=5.2",)),
        ("[tool.setuptools.dynamic.dependencies]\nfile = 'needs.txt'\n", ("Django~=5.2",)),
        ("[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ['needs.txt']\n", ("Django~=5.2",)),
        ("", ("Django==4.2.1",)),
    ],
)
def test_dependencies_that_a_pyproject_leaves_to_files_need_no_build(tree, tables, lines) -> None:
    project = "[project]\nname = 'x'\ndynamic = ['dependencies']\n" + tables
    made = tree({"pyproject.toml": project, "needs.txt": "Django~=5.2\n",
                 "setup.py": "setup(install_requires=['Django==4.2.1'])\n"})  # fmt: skip
    value = find_dependencies(made, ".", made.remarks).value.value
    assert (value.kind, value.lines, value.local) == ("pyproject", lines, False)
    assert value.files[0] == "pyproject.toml"


def test_nothing_of_a_whole_project_is_said_to_be_missing(inspected) -> None:
    files = {"requirements.txt": None, "setup.py": "setup(install_requires=['Django==5.2.1'])\n"}
    assert "W023" not in codes(inspected(plain(files)))
