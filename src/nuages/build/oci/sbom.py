"""What is in an image becomes a software bill of materials in SPDX 2.3
(https://spdx.github.io/spdx-spec/v2.3/): the distributions of PyPI as they are installed, the
packages of the base's distribution, and Python itself. The same input gives the same bytes."""

from __future__ import annotations

import email.parser
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nuages.build.oci.manifest import moment

_NONE = "NOASSERTION"
# An SPDX expression, as PEP 639 has it in License-Expression.
_EXPRESSION = re.compile(r"[A-Za-z0-9.+ ()-]+")


@dataclass(frozen=True, slots=True)
class Component:
    """Something that is in an image. `url` is its package URL (purl), `licence` an SPDX expression
    (empty: not known), `supplier` who it is from (empty: not known)."""

    name: str
    version: str
    url: str
    licence: str = ""
    supplier: str = ""


def installed_components(site: Path) -> Iterator[Component]:
    """The distributions in the folder of all packages, by name."""
    for metadata in sorted(site.glob("*.dist-info/METADATA")):
        with metadata.open(encoding="utf-8", errors="replace") as stream:
            said = email.parser.HeaderParser().parse(stream)
        name, version = said.get("Name", ""), said.get("Version", "")
        licence = said.get("License-Expression", "")
        if not _EXPRESSION.fullmatch(licence):
            licence = ""
        normal = re.sub(r"[-_.]+", "-", name).lower()
        yield Component(name, version, f"pkg:pypi/{normal}@{version}", licence)


def python_component(version: str) -> Component:
    """The interpreter."""
    url = f"pkg:generic/python@{version}"
    return Component(
        "Python", version, url, "Python-2.0", "Organization: Python Software Foundation"
    )


def spdx_document(components: Iterable[Component], epoch: int = 0) -> bytes:
    """The document of an image that these are in."""
    packages = [
        {
            "SPDXID": f"SPDXRef-{_identifier(each)}",
            "name": each.name,
            "versionInfo": each.version,
            "downloadLocation": _NONE,
            "filesAnalyzed": False,
            "licenseConcluded": _NONE,
            "licenseDeclared": each.licence or _NONE,
            "copyrightText": _NONE,
            "supplier": each.supplier or _NONE,
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": each.url,
                }
            ],
        }
        for each in sorted(set(components), key=lambda each: (each.url, each.name))
    ]
    digest = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "image",
        # Names it, and leads nowhere: the specification wants one for each content.
        "documentNamespace": f"urn:nuages:sbom:{digest}",
        "creationInfo": {"created": moment(epoch), "creators": ["Tool: nuages"]},
        "packages": packages,
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": package["SPDXID"],
            }
            for package in packages
        ],
    }
    return f"{json.dumps(document, indent=1)}\n".encode()


def _identifier(component: Component) -> str:
    """Letters, digits, dots and hyphens alone are allowed."""
    kind = component.url.removeprefix("pkg:").partition("/")[0]
    return re.sub(r"[^A-Za-z0-9.-]+", "-", f"{kind}-{component.name}-{component.version}")
