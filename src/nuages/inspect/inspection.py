"""A source becomes facts and findings: it is read and parsed, and nothing of it is run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from nuages.core.config import DeployConfig
from nuages.core.facts import Dependencies, Fact, Facts, FrontEnd, ProcessFound
from nuages.core.finding import Finding
from nuages.core.overrides import Overrides
from nuages.core.source import Source
from nuages.inspect.configuration import find_configuration
from nuages.inspect.declared.code import ONLY_POSTGRES
from nuages.inspect.edits.offers import offer_edits
from nuages.inspect.evidence import Evidence
from nuages.inspect.examples import take_examples, take_file_examples
from nuages.inspect.facts.application import entry_files, find_application
from nuages.inspect.facts.background import find_background
from nuages.inspect.facts.chosen import choose_settings
from nuages.inspect.facts.database import find_database, find_only_engine, read_database
from nuages.inspect.facts.dependencies import find_dependencies, with_library
from nuages.inspect.facts.layout import find_layout
from nuages.inspect.facts.migrations import find_migrations
from nuages.inspect.facts.processes import WEB, find_processes
from nuages.inspect.facts.python_version import find_python
from nuages.inspect.facts.settings import read_class, read_configured, read_settings
from nuages.inspect.facts.static import find_static_root
from nuages.inspect.facts.variables import read_variables
from nuages.inspect.places.commits import find_commit
from nuages.inspect.places.folders import find_folders
from nuages.inspect.remarks import Remarks, in_order
from nuages.inspect.rules.checkouts import check_large_files, check_submodules
from nuages.inspect.rules.lifetimes import check_lifetimes
from nuages.inspect.rules.models import check_migrations
from nuages.inspect.rules.modules import check_modules
from nuages.inspect.rules.packages import check_packages
from nuages.inspect.rules.settings import check_settings
from nuages.inspect.rules.sources import check_left_out, check_static_folders
from nuages.inspect.rules.static_references import check_static_references
from nuages.inspect.rules.unsafe_defaults import check_defaults
from nuages.inspect.rules.without_effect import check_scale, check_without_effect
from nuages.inspect.rules.written_files import check_written_files, find_written
from nuages.inspect.said import Said, read_said
from nuages.inspect.search_path import Loaded, find_paths
from nuages.inspect.settings_classes import read_settings_classes
from nuages.inspect.system.packages import find_system_packages
from nuages.inspect.tree import Tree


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was learnt, the deploy.toml, and what is to be said. Where an error is among the
    findings, the facts are only as good as could be."""

    facts: Facts
    config: DeployConfig
    findings: tuple[Finding, ...]


def inspect_project(source: Source, overrides: Overrides) -> Inspection:
    """Everything that reading `source` tells. Raises nothing over what is in it: each mistake
    is a finding with its file and line."""
    remarks = Remarks(overrides.strict)
    tree = Tree(source, remarks)
    check_left_out(tree, remarks)
    check_large_files(tree, remarks)
    said = read_said(tree, overrides.root or ".", overrides, remarks)
    layout = find_layout(tree, said, remarks)
    if layout is None:
        return Inspection(_no_facts(), said.config, tuple(in_order(remarks.findings)))
    root = layout.root.value
    if not said.file:
        said = read_said(tree, root, overrides, remarks)
    check_without_effect(said, remarks)
    manage = layout.manage.value
    named_by = [
        *entry_files(tree, root, manage, "wsgi.py"),
        *entry_files(tree, root, manage, "asgi.py"),
        *(path for path in (manage, layout.entry) if path),
    ]
    if layout.one_file and not said.names_settings:
        reason = f"{layout.one_file} configures Django itself"
        settings = Fact("", reason, file=layout.one_file, line=1)
        read = read_configured(tree, layout.one_file)
    else:
        settings = choose_settings(tree, root, named_by, said, remarks)
        read = read_settings(tree, root, settings.value)
        # An example may import another one.
        while take_examples(tree, root, read.files, remarks):
            read = read_settings(tree, root, settings.value)
    take_file_examples(tree, root, read, remarks)
    configuration = find_configuration(tree, read.files, named_by, said, remarks)
    read_class(tree, configuration.value, read)
    dependencies = find_dependencies(tree, root, remarks)
    chosen = dependencies.value.value
    loaded = Loaded(named_by, read.files)
    paths, library = find_paths(tree, root, loaded, chosen, remarks)
    if library:
        dependencies = with_library(dependencies, library, remarks)
    evidence = Evidence(
        tree=tree,
        said=said,
        layout=layout,
        read=read,
        dependencies=dependencies,
        remarks=remarks,
    )
    written = find_written(evidence)
    facts = replace(
        _facts(evidence, settings),
        folders=find_folders(evidence, written),
        configuration=configuration,
        copies=tree.copies,
        paths=paths,
        commit=find_commit(evidence),
    )
    _check(evidence, facts, overrides.today)
    check_written_files(evidence, written, [folder.value for folder in facts.folders])
    findings = offer_edits(in_order(remarks.findings), evidence, facts)
    return Inspection(facts, said.config, findings)


def _check(evidence: Evidence, facts: Facts, today: date) -> None:
    """Apply the rules."""
    check_settings(evidence, facts.variables)
    check_defaults(evidence, facts.variables)
    check_packages(evidence, facts.variables)
    check_static_folders(evidence)
    check_submodules(evidence)
    check_modules(evidence)
    check_lifetimes(evidence, facts, today)
    names = {WEB, *(process.value.name for process in facts.processes)}
    check_scale(evidence.said, names, evidence.remarks)
    check_migrations(evidence)
    _check_engine(facts.only_engine, evidence.remarks)
    check_static_references(evidence)


def _check_engine(only: Fact[str], remarks: Remarks) -> None:
    if only.value:
        message = f"Only PostgreSQL can run it: {only.reason}"
        remarks.say(ONLY_POSTGRES, message, only.file, only.line)


def _facts(evidence: Evidence, settings: Fact[str]) -> Facts:
    tree, root, said, remarks = evidence.tree, evidence.root, evidence.said, evidence.remarks
    application = find_application(evidence)
    processes = find_processes(tree, root, said, remarks)
    variables = (
        *read_variables(tree, evidence.read.files),
        *read_settings_classes(tree, evidence.read.files, root),
    )
    background: tuple[Fact[ProcessFound], ...] = ()
    if all(process.value.name == WEB for process in processes.processes):
        background = find_background(evidence, variables)
    migrations = find_migrations(tree, root)
    database = find_database(said, variables, read_database(evidence.read))
    return Facts(
        root=evidence.layout.root,
        manage=evidence.layout.manage,
        settings=settings,
        application=application.application,
        interface=application.interface,
        python=find_python(tree, root, said, remarks),
        dependencies=evidence.dependencies.value,
        processes=(*processes.processes, *background),
        release_commands=processes.release_commands,
        database=database,
        health_path=_health_path(said),
        variables=variables,
        literals=evidence.read.literals(),
        settings_files=tuple(evidence.read.files),
        migrations=migrations,
        only_engine=find_only_engine(tree, migrations, evidence.read),
        static_root=find_static_root(evidence.read),
        front_ends=_front_ends(evidence),
        system_packages=find_system_packages(evidence, processes.release_commands, database.value),
    )


def _front_ends(evidence: Evidence) -> tuple[Fact[FrontEnd], ...]:
    if not evidence.tree.named("package.json"):
        return ()
    # Loaded here: a check of a project without one is to start at once.
    from nuages.inspect.frontend.find import find_front_ends  # noqa: PLC0415

    return find_front_ends(evidence)


def _health_path(said: Said) -> Fact[str]:
    if said.config.health_path:
        return said.fact(said.config.health_path, "health.path")
    # What else there is, only the loaded URLconf knows.
    return Fact("/", "the default", "default")


def _no_facts() -> Facts:
    """What is known where no project was found."""
    nothing = Fact("", "no project was found", "default")
    return Facts(
        root=nothing,
        manage=nothing,
        settings=nothing,
        application=nothing,
        interface=nothing,
        python=nothing,
        dependencies=Fact(Dependencies("none", ".", ()), "no project was found", "default"),
        processes=(),
        release_commands=(),
        database=nothing,
        health_path=nothing,
    )
