"""The rules of the house, read from the imports: who may know whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gateway"


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, its tree, and every module that it imports anywhere."""

    name: str
    tree: ast.Module
    imports: frozenset[str]

    def is_in(self, *places: str) -> bool:
        """Whether it is one of these modules, or inside one of these packages."""
        return any(under(self.name, place) for place in places)

    def knows(self, *places: str) -> set[str]:
        """What it imports of these modules and packages."""
        return {name for name in self.imports if any(under(name, place) for place in places)}


def under(name: str, place: str) -> bool:
    return name == place or name.startswith(f"{place}.")


def imported(tree: ast.Module, package: str, known: frozenset[str]) -> Iterator[str]:
    """Name every module that is imported, relative ones and submodules resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
            base = ".".join(filter(None, (above if node.level else "", node.module)))
            for each in node.names:
                inner = f"{base}.{each.name}"
                yield inner if inner in known else base
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


@cache
def house() -> tuple[Module, ...]:
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    known = frozenset(files)
    modules = []
    for name, path in files.items():
        tree = ast.parse(path.read_text())
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        modules.append(Module(name, tree, frozenset(imported(tree, package, known))))
    return tuple(modules)


def inside(*places: str) -> tuple[Module, ...]:
    return tuple(module for module in house() if module.is_in(*places))


def outside(*places: str) -> tuple[Module, ...]:
    return tuple(module for module in house() if not module.is_in(*places))


def offences(modules: tuple[Module, ...], *places: str) -> dict[str, set[str]]:
    """Who of these imports what of those."""
    return {module.name: found for module in modules if (found := module.knows(*places))}


def test_rule_1_model_and_errors_import_nothing_of_ours() -> None:
    assert offences(inside("gateway.model", "gateway.errors"), "gateway") == {}


IMPURE = ("aiohttp", "redis", "asyncio", "os", "time", "structlog", "random", "secrets", "socket")


@pytest.mark.parametrize("package", ["policy", "identity", "redaction", "banner"])
def test_rule_2_pure_packages_do_nothing_to_the_world(package: str) -> None:
    assert offences(inside(f"gateway.{package}"), *IMPURE) == {}


def test_rule_2_pure_packages_read_no_clock() -> None:
    clocks = {"now", "utcnow", "today", "uuid1", "uuid4"}
    pure = inside(*(f"gateway.{each}" for each in ("policy", "identity", "redaction", "banner")))
    calls = {
        f"{module.name}:{node.lineno}"
        for module in pure
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in clocks
    }
    assert calls == set()


def test_rule_3_middleware_touches_no_server_store_record_session_or_config() -> None:
    ours = (f"gateway.{each}" for each in ("audit", "sessions", "config", "store"))
    assert offences(inside("gateway.middleware"), "aiohttp", "redis", *ours) == {}


def test_rule_4_redis_is_imported_in_store_and_in_one_adapter_a_concern() -> None:
    adapters: dict[str, list[str]] = {}
    for module in outside("gateway.store"):
        if module.knows("redis"):
            concern = ".".join(module.name.split(".")[:2])
            adapters.setdefault(concern, []).append(module.name)
    assert {concern: names for concern, names in adapters.items() if len(names) > 1} == {}
    assert set(adapters) <= {"gateway.audit", "gateway.sessions"}


def test_rule_5_console_and_proxy_do_not_know_each_other() -> None:
    data_path = ("gateway.proxy", "gateway.middleware", "gateway.upstream")
    assert offences(inside("gateway.console"), *data_path) == {}
    assert offences(inside(*data_path), "gateway.console") == {}


def test_rule_6_only_app_imports_config_and_only_cli_imports_app() -> None:
    # The command line is the outermost layer: it reads the file that it then gives to app.
    users = outside("gateway.config", "gateway.app", "gateway.cli")
    assert offences(users, "gateway.config") == {}
    assert offences(outside("gateway.app", "gateway.cli"), "gateway.app", "gateway.cli") == {}


def test_rule_7_a_permit_is_made_in_one_place() -> None:
    makers = {
        module.name
        for module in house()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Permit"
    }
    assert makers <= {"gateway.policy.decision"}
    renamed = {
        module.name
        for module in house()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.alias) and node.name == "Permit" and node.asname is not None
    }
    assert renamed == set()


def test_rule_7_upstream_takes_nothing_less_than_a_permit() -> None:
    doors = [
        node
        for module in inside("gateway.upstream.client")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name in ("send", "upgrade")
    ]
    for door in doors:
        first = door.args.args[1]
        assert (first.arg, ast.unparse(first.annotation or first)) == ("permit", "Permit")


SIBLINGS = {
    "an identity driver": ("gateway.identity.headers", "gateway.identity.jwt"),
    "a format": tuple(
        f"gateway.redaction.{name}"
        for name in (
            "events",
            "form",
            "html",
            "json",
            "json_stream",
            "lines",
            "multipart",
            "script",
            "table",
            "text",
        )
    ),
    "a format of exports": tuple(
        m.name for m in inside("gateway.audit.formats") if m.name != "gateway.audit.formats"
    ),
    "a sink": tuple(m.name for m in inside("gateway.audit") if m.name.endswith("_sink")),
    "a destination": tuple(f"gateway.audit.forward.{name}" for name in ("http", "syslog", "file")),
    "a directory source": tuple(
        m.name for m in inside("gateway.people") if m.name.endswith("_source")
    ),
    "a way to sign in": tuple(m.name for m in inside("gateway.people") if ".sign_in" in m.name),
}


@pytest.mark.parametrize("kind", SIBLINGS)
def test_rule_8_siblings_do_not_know_each_other(kind: str) -> None:
    for name in SIBLINGS[kind]:
        others = [each for each in SIBLINGS[kind] if each != name]
        assert offences(inside(name), *others) == {}


@pytest.mark.parametrize(
    "line",
    [
        "import gateway.proxy",
        "import gateway.proxy as p",
        "from gateway import proxy",
        "from gateway.proxy import handle",
        "from .. import proxy",
        "from ..proxy import handle",
        "if TYPE_CHECKING:\n    from gateway.proxy import handle",
        "def f():\n    import gateway.proxy",
        "importlib.import_module('gateway.proxy')",
        "try:\n    import gateway.proxy\nexcept ImportError:\n    pass",
    ],
)
def test_no_spelling_of_an_import_is_missed(line: str) -> None:
    found = set(imported(ast.parse(line), "gateway.console", frozenset({"gateway.proxy"})))
    module = Module("gateway.console.pages", ast.parse(line), frozenset(found))
    assert offences((module,), "gateway.proxy") == {"gateway.console.pages": {"gateway.proxy"}}


def test_the_house_is_read_at_all() -> None:
    names = {module.name for module in house()}
    assert {"gateway.model", "gateway.config.load"} <= names
    cli = next(module for module in house() if module.name == "gateway.cli.audit")
    assert {"gateway.config", "gateway.audit.reading.reader", "click"} <= cli.imports
