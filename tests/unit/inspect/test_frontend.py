"""Front ends: where they are, who builds them, and whether Django needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from nuages.core.facts import FrontEnd
from tests.unit.inspect.projects import MANAGE

SETTINGS = (
    "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['django.contrib.admin', 'shop']\n"
)
PAGE = "{% load static %}\n<link href=\"{% static 'dist/main.css' %}\">\n"
BUILD = {"scripts": {"build": "webpack --mode production"}, "devDependencies": {"webpack": "5"}}


def project(settings: str = "", **files: object) -> dict[str, str]:
    texts = {
        name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()
    }
    manage = {"manage.py": MANAGE.format(settings="shop.settings"), "shop/__init__.py": ""}
    return {**manage, "shop/settings.py": SETTINGS + settings, **texts}


def only(inspected, files: Mapping[str, str]) -> FrontEnd:
    (front_end,) = inspected(files).facts.front_ends
    return front_end.value


def codes(inspection) -> set[str]:
    return {finding.code for finding in inspection.findings}


def test_a_project_without_a_package_json_has_no_front_end(inspected) -> None:
    assert inspected(project()).facts.front_ends == ()


def test_what_only_checks_code_is_no_front_end(inspected) -> None:
    tools = {"scripts": {"lint": "eslint .", "test": "jest"}, "devDependencies": {"eslint": "9"}}
    assert inspected(project(**{"package.json": tools})).facts.front_ends == ()


def test_a_stylesheet_that_a_page_names_and_the_source_lacks_is_built(inspected) -> None:
    files = project(**{"package.json": BUILD, "shop/templates/a.html": PAGE})
    (fact,) = inspected(files).facts.front_ends
    assert (fact.value.need, fact.value.scripts) == ("files", ("build",))
    assert (fact.file, fact.line) == ("shop/templates/a.html", 2)
    assert "dist/main.css" in fact.reason


def test_what_is_in_the_source_is_not_built_again(inspected) -> None:
    files = project(
        **{
            "package.json": BUILD,
            "shop/templates/a.html": PAGE,
            "shop/static/dist/main.css": "body {}",
        }
    )
    inspection = inspected(files)
    assert inspection.facts.front_ends[0].value.need == "nothing"
    assert "inspect.W083" in codes(inspection)


def test_a_missing_file_is_not_asked_of_a_build_whose_results_are_there(inspected) -> None:
    package = {"scripts": {"build": "esbuild a.js --outfile=shop/static/a.js"}}
    page = {"shop/templates/a.html": "{% static 'other.js' %}"}
    files = project(**{"package.json": package, **page, "shop/static/a.js": ""})
    assert only(inspected, files).need == "nothing"
    del files["shop/static/a.js"]
    assert only(inspected, files).need == "files"


def test_files_of_installed_apps_are_not_missed(inspected) -> None:
    page = "{% static 'admin/css/base.css' %}"
    files = project(**{"package.json": BUILD, "shop/templates/a.html": page})
    assert only(inspected, files).need == "nothing"


def test_pages_fail_without_the_statistics_of_webpack_loader(inspected) -> None:
    settings = (
        "WEBPACK_LOADER = {'DEFAULT': {'STATS_FILE': BASE_DIR / 'front/webpack-stats.json'}}\n"
    )
    files = project(settings, **{"front/package.json": BUILD})
    inspection = inspected(files)
    assert inspection.facts.front_ends[0].value.need == "pages"
    assert inspection.facts.front_ends[0].line == 5
    files["front/webpack-stats.json"] = "{}"
    assert only(inspected, files).need == "nothing"


def test_pages_fail_without_the_manifest_of_vite(inspected) -> None:
    settings = "DJANGO_VITE = {'default': {'dev_mode': False}}\n"
    vite = {"scripts": {"dev": "vite", "build": "vite build"}, "devDependencies": {"vite": "^6"}}
    files = project(settings, **{"client/package.json": vite})
    assert only(inspected, files).need == "pages"
    files["shop/static/dist/manifest.json"] = '{"main.js": {"file": "a.js", "isEntry": true}}'
    assert only(inspected, files).need == "nothing"


def test_nothing_that_could_make_a_wanted_file_is_said(inspected) -> None:
    settings = "DJANGO_VITE = {'default': {'dev_mode': False}}\n"
    served = "STATICFILES_DIRS = [BASE_DIR / 'node_modules' / 'bootstrap' / 'dist']\n"
    package = {"dependencies": {"bootstrap": "5"}}
    inspection = inspected(project(settings + served, **{"package.json": package}))
    assert "inspect.W085" in codes(inspection)


def test_a_folder_of_static_files_that_is_not_there_is_built(inspected) -> None:
    settings = "STATICFILES_DIRS = [BASE_DIR / 'frontend' / 'dist']\n"
    assert only(inspected, project(settings, **{"frontend/package.json": BUILD})).need == "files"


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("gulpfile.js", "exports.build = series(css)", "gulp"),
        ("gulpfile.js", "const build = require('./b');\nmodule.exports = {\n  build,\n};", "gulp"),
        ("gulpfile.mjs", "export const build = series(css)", "gulp"),
        ("Gruntfile.js", "grunt.registerTask('build', ['sass'])", "grunt"),
    ],
)
def test_a_task_called_build_is_run_where_no_script_is(inspected, name, text, command) -> None:
    settings = (
        "import os\nif os.environ.get('CI'):\n    STATICFILES_DIRS = [BASE_DIR / 'assets']\n"
        "else:\n    STATICFILES_DIRS = [BASE_DIR / 'built']\n"
    )
    package = {"devDependencies": {command: "4"}}
    front_end = only(inspected, project(settings, **{"package.json": package, name: text,
                                                     "assets/a.scss": ""}))  # fmt: skip
    assert (front_end.need, front_end.command) == ("files", (command, "build"))


def test_the_stylesheet_of_django_tailwind_is_built(inspected) -> None:
    package = {"scripts": {"build": "postcss -o ../static/css/dist/styles.css ./src/styles.css"}}
    files = project(**{"theme/static_src/package.json": package, "theme/apps.py": ""})
    (fact,) = inspected(files).facts.front_ends
    assert fact.value.need == "files"
    assert "theme/static/css/dist/styles.css" in fact.reason
    files["theme/static/css/dist/styles.css"] = "body {}"
    assert only(inspected, files).need == "nothing"


@pytest.mark.parametrize(
    "script",
    [
        "tailwindcss -i site.css -o ../static/site.css --minify",
        "esbuild main.ts --outfile=../static/site.css",
        "sass site.scss ../static/site.css",
        "sass site.scss:../static/site.css",
    ],
)
def test_the_place_that_a_script_writes_to_is_read_from_it(inspected, script) -> None:
    settings = "STATICFILES_DIRS = [BASE_DIR / 'static']\n"
    package = {"scripts": {"css:watch": f"{script} --watch", "css:build": script}}
    files = project(settings, **{"frontend/package.json": package, "static/logo.svg": "<svg/>"})
    front_end = only(inspected, files)
    assert (front_end.need, front_end.scripts) == ("files", ("css:build",))


def test_the_place_that_a_configuration_names_is_read_from_it(inspected) -> None:
    config = "export default { build: { outDir: '../shop/static/shop/dist', manifest: true } }"
    package = {"scripts": {"build": "vite build"}}
    files = project(**{"frontend/package.json": package, "frontend/vite.config.js": config})
    (fact,) = inspected(files).facts.front_ends
    assert fact.value.need == "files"
    assert "shop/static/shop/dist" in fact.reason


def test_a_front_end_that_django_does_not_serve_is_not_built(inspected) -> None:
    inspection = inspected(project(**{"client/package.json": BUILD}))
    assert inspection.facts.front_ends[0].value.need == "nothing"
    assert "inspect.W083" in codes(inspection)


def test_packages_whose_files_are_static_files_are_installed(inspected) -> None:
    settings = "STATICFILES_DIRS = [('node', BASE_DIR / 'node_modules'), BASE_DIR / 'static']\n"
    package = {"dependencies": {"bootstrap": "5", "@popperjs/core": "2"}}
    front_end = only(inspected, project(settings, **{"package.json": package, "static/a": ""}))
    assert (front_end.need, front_end.served) == ("files", ("@popperjs/core", "bootstrap"))
    for settings in (
        "STATICFILES_DIRS = [BASE_DIR / 'node_modules' / 'bootstrap' / 'dist']\n",
        "STATICFILES_DIRS = [(BASE_DIR / 'node_modules/bootstrap').as_posix()]\n",
        "import os\nSTATICFILES_DIRS = [\n"
        "    os.path.join(BASE_DIR, 'node_modules', 'bootstrap').replace('\\\\', '/')\n]\n",
    ):
        front_end = only(inspected, project(settings, **{"package.json": package}))
        assert front_end.served == ("bootstrap",)


def test_of_a_whole_node_modules_tools_are_left_out(inspected) -> None:
    settings = "STATICFILES_DIRS = [('node', BASE_DIR / 'node_modules')]\n"
    package = {
        "dependencies": {"bootstrap": "5"},
        "devDependencies": {"eslint": "9", "@shop/parts": "1"},
    }
    page = "{% static 'node/@shop/parts/main.js' %}"
    files = project(settings, **{"package.json": package, "shop/templates/a.html": page})
    assert only(inspected, files).served == ("@shop/parts", "bootstrap")


@pytest.mark.parametrize(
    ("files", "manager", "version"),
    [
        ({"package-lock.json": "{}"}, "npm", ""),
        ({"yarn.lock": "# yarn lockfile v1\n"}, "yarn", ""),
        ({"yarn.lock": "__metadata:\n  version: 8\n"}, "berry", ""),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "pnpm", "8"),
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, "pnpm", "9"),
        ({"bun.lock": "{}", "package-lock.json": "{}"}, "bun", ""),
        ({}, "npm", ""),
    ],
)
def test_the_lock_file_says_who_installs(inspected, files, manager, version) -> None:
    found = only(
        inspected, project(**{"package.json": BUILD, "shop/templates/a.html": PAGE, **files})
    )
    assert (found.manager, found.version) == (manager, version)
    assert found.lock == next(iter(files), "")


MEMBERS = {"workspaces": ["packages/*", "!packages/old"]}


@pytest.mark.parametrize(
    ("files", "manager", "lock", "workspace"),
    [
        ({"package.json": MEMBERS, "package-lock.json": "{}"}, "npm", "package-lock.json", "."),
        ({"package.json": MEMBERS}, "npm", "", "."),
        (
            {"package.json": {"workspaces": {"packages": ["packages/ui"]}}, "yarn.lock": ""},
            "yarn", "yarn.lock", ".",
        ),
        (
            {"pnpm-workspace.yaml": "packages:\n- 'packages/**'\n", "pnpm-lock.yaml": ""},
            "pnpm", "pnpm-lock.yaml", ".",
        ),
        ({"pnpm-workspace.yaml": 'packages: ["**/ui"]\n'}, "pnpm", "", "."),
        ({"package.json": {"workspaces": ["./packages/ui/"]}}, "npm", "", "."),
        ({"package.json": {"workspaces": ["apps/*"]}, "yarn.lock": ""}, "npm", "", ""),
        ({"package.json": {**MEMBERS, "workspaces": ["packages/*", "!**/ui"]}}, "npm", "", ""),
        (
            {"package.json": MEMBERS, "packages/ui/yarn.lock": ""},
            "yarn", "packages/ui/yarn.lock", "",
        ),
        ({"package.json": "{", "pnpm-workspace.yaml": "packages: 3\n"}, "npm", "", ""),
        ({"package.json": {"workspaces": [1, None]}}, "npm", "", ""),
    ],
)  # fmt: skip
def test_a_member_of_a_workspace_is_installed_with_it(
    inspected, files, manager, lock, workspace
) -> None:
    member = {"packages/ui/package.json": BUILD, "shop/templates/a.html": PAGE}
    found = only(inspected, project(**member, **files))
    assert (found.folder, found.manager) == ("packages/ui", manager)
    assert (found.lock, found.workspace) == (lock, workspace)


def test_a_workspace_says_the_manager_and_node_for_its_members(inspected) -> None:
    top = {**MEMBERS, "packageManager": "pnpm@9.1.0", "engines": {"node": "20"}}
    member = {"packages/ui/package.json": BUILD, "shop/templates/a.html": PAGE}
    found = only(inspected, project(**member, **{"package.json": top}))
    assert (found.manager, found.version, found.node.value) == ("pnpm", "9.1.0", "20")


def test_the_package_manager_field_wins_over_lock_files(inspected) -> None:
    package = {**BUILD, "packageManager": "yarn@4.5.0+sha512.abc"}
    files = project(**{"package.json": package, "package-lock.json": "{}"})
    found = only(inspected, {**files, "shop/templates/a.html": PAGE})
    assert (found.manager, found.version, found.lock) == ("berry", "4.5.0", "")


def test_a_copy_of_yarn_in_the_source_is_used(inspected) -> None:
    more = {".yarnrc.yml": "yarnPath: .yarn/releases/yarn-3.cjs\n", ".yarn/releases/yarn-3.cjs": ""}
    found = only(inspected, project(**{"package.json": BUILD, "yarn.lock": "", **more}))
    assert (found.manager, found.program) == ("berry", ".yarn/releases/yarn-3.cjs")


@pytest.mark.parametrize(
    ("files", "wanted", "file"),
    [
        ({}, "22", ""),
        ({".nvmrc": "v20.11.0\n"}, "v20.11.0", ".nvmrc"),
        ({".tool-versions": "python 3.12\nnodejs 18.2.0\n"}, "18.2.0", ".tool-versions"),
        ({"deploy.toml": '[build]\nnode = "24"\n', ".nvmrc": "20"}, "24", "deploy.toml"),
    ],
)
def test_the_version_of_node_is_found(inspected, files, wanted, file) -> None:
    node = only(inspected, project(**{"package.json": BUILD, **files})).node
    assert (node.value, node.file) == (wanted, file)


def test_engines_say_the_version_of_node(inspected) -> None:
    package = json.dumps({**BUILD, "engines": {"node": ">=23"}}, indent=1)
    files = project(**{"package.json": package, "shop/templates/a.html": PAGE})
    node = only(inspected, files).node
    assert (node.value, node.file, node.line) == (">=23", "package.json", 8)


@pytest.mark.parametrize("version", ["twenty", "^"])
def test_a_version_of_node_that_is_none_is_said(inspected, version) -> None:
    files = project(**{"package.json": BUILD, "shop/templates/a.html": PAGE, ".nvmrc": version})
    assert "inspect.W084" in codes(inspected(files))


def test_a_version_of_node_that_cannot_be_had_is_said(inspected) -> None:
    files = project(**{"package.json": BUILD, "shop/templates/a.html": PAGE, ".nvmrc": "99"})
    assert "inspect.W081" in codes(inspected(files))


@pytest.mark.parametrize("text", ["{", "[]", "{'a': 1}", "\x00\xff"])
def test_a_package_json_that_cannot_be_read_is_said(inspected, text) -> None:
    assert "inspect.W080" in codes(inspected(project(**{"package.json": text})))


@pytest.mark.parametrize(
    "value", [{"scripts": []}, {"scripts": {"build": 1}}, {"engines": [], "scripts": None}]
)
def test_values_of_odd_kinds_are_passed_over(inspected, value) -> None:
    assert inspected(project(**{"package.json": value})).facts.front_ends == ()


def test_names_of_classes_in_python_files_count_with_tailwind(inspected) -> None:
    package = {"scripts": {"build": "tailwindcss"}, "devDependencies": {"tailwindcss": "^4.1"}}
    assert only(inspected, project(**{"package.json": package})).reads_python
    assert not only(inspected, project(**{"package.json": BUILD})).reads_python


def templates(*folders: str) -> str:
    return f"import os\nTEMPLATES = [{{'DIRS': [{', '.join(folders)}]}}]\n"


@pytest.mark.parametrize(
    ("folders", "need"),
    [
        ("'web/build'", "pages"),
        ("os.path.join(BASE_DIR, 'web', 'build'), 'templates'", "pages"),
        ("os.path.join(BASE_DIR, 'templates')", "nothing"),
        ("BASE_DIR / 'web'", "nothing"),
    ],
)
def test_a_page_that_a_build_makes_is_needed(inspected, folders: str, need: str) -> None:
    package = {"scripts": {"build": "react-scripts build"}}
    files = project(templates(folders), **{"web/package.json": package, "web/src/index.js": ""})
    assert only(inspected, files).need == need


def test_a_page_that_is_in_the_source_is_not_made(inspected) -> None:
    files = {"web/package.json": {"scripts": {"build": "vite build"}}, "web/dist/index.html": "x"}
    assert only(inspected, project(templates("'web/dist'"), **files)).need == "nothing"
