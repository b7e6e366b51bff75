"""The rules of a fleet over several servers: waves, shares, servers, and whose rows count."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from whimbrel.commands._servers import read_servers
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.errors import ConfigurationError
from whimbrel.tenants.fleet import Unreachable, merge
from whimbrel.tenants.registry import Tenant
from whimbrel.tenants.servers import Server, Servers
from whimbrel.tenants.sync_report import Failed, SyncReport
from whimbrel.tenants.waves import Shard, arrange, cut, parse_shard, parse_waves
from whimbrel.url import parse_url

NAMES = [f"t{number}" for number in range(200)]
POSTGRESQL = "postgresql://app@eu1.example/app"
MYSQL = "mysql://app@eu1.example/app"


def server_of(address: str) -> Server:
    url = parse_url(address)
    return Server("", url, url, find_tenancy(url))


def tenant(name: str, server: str = "") -> Tenant:
    return Tenant(name, "", {}, datetime(2026, 1, 1, tzinfo=UTC), None, "", True, server)


@pytest.mark.parametrize(
    ("waves", "sizes"),
    [
        ("", []),
        ("100%", []),
        ("1,10,100%", [1, 9]),
        ("1, 10", [1, 9]),
        ("1%,25%", [2, 48]),
        ("0.1%,1", [1]),
        ("50,50,20,60", [50, 10]),
        ("200", []),
        ("500,1", [1]),
    ],
)
def test_a_wave_ends_when_so_many_tenants_are_done_and_the_last_one_is_the_rest(waves: str, sizes: list[int]) -> None:
    parts = list(cut(NAMES, parse_waves(waves)))
    assert [len(one) for one in parts] == sizes
    assert len(frozenset().union(*parts)) == sum(sizes)


def test_each_process_cuts_the_same_waves_in_whatever_order_it_met_the_tenants() -> None:
    waves = parse_waves("1,10,50%")
    assert list(cut(NAMES, waves)) == list(cut(NAMES[::-1], waves))
    # The order is neither that of the names nor another one on the next run.
    assert sorted(min(cut(NAMES, waves))) == ["t98"]


@pytest.mark.parametrize("text", ["0", "0%", "101%", "1,,2", "x", "-1", "1.5", "1%%", ","])
def test_an_impossible_wave_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="wave"):
        parse_waves(text)


@pytest.mark.parametrize(
    ("text", "shard"), [("", None), ("0/4", Shard(0, 4)), ("3/4", Shard(3, 4)), ("4/4", Shard(0, 4)), ("1/1", Shard(0, 1))]
)
def test_processes_are_counted_from_0_or_from_1(text: str, shard: Shard | None) -> None:
    assert parse_shard(text) == shard


@pytest.mark.parametrize("text", ["4", "5/4", "0/0", "-1/4", "1/4/2", "a/b"])
def test_an_impossible_shard_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="shard"):
        parse_shard(text)


def test_each_process_begins_with_its_own_share_and_leaves_out_no_tenant() -> None:
    orders = [arrange(NAMES, Shard(number, 4)) for number in range(4)]
    assert all(sorted(order) == sorted(NAMES) for order in orders)
    own = [{name for name in order if Shard(number, 4).distance(name) == 0} for number, order in enumerate(orders)]
    assert sum(len(share) for share in own) == len(set().union(*own)) == len(NAMES)
    assert all(set(order[: len(share)]) == share and len(share) > 30 for order, share in zip(orders, own, strict=True))


@pytest.mark.parametrize(
    ("home", "addresses", "message"),
    [
        (POSTGRESQL, {"EU": POSTGRESQL}, "'EU' cannot be a server"),
        (POSTGRESQL, {"eu2": "postgresql://eu2"}, "server eu2: the address names no database"),
        (POSTGRESQL, {"eu2": MYSQL}, "server eu2 is mysql, and the registry is postgresql"),
        (
            POSTGRESQL,
            {"a": "postgresql://x:secret@h/db", "b": "postgresql://y:secret@H:5432/db?schema=z"},
            "servers a and b are the same",
        ),
        (MYSQL, {"a": "mariadb://h/db", "b": "mysql://h/other"}, "servers a and b are the same"),
        ("sqlite:///a.db", {"a": "sqlite:///x/b.db", "b": "sqlite:///x/../x/b.db"}, "servers a and b are the same"),
    ],
)
def test_servers_that_cannot_be_are_refused(home: str, addresses: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Servers(server_of(home), addresses)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("home", "address", "same"),
    [
        (POSTGRESQL, "postgresql://other@eu1.example:5432/app", True),
        (POSTGRESQL, "postgresql://app@eu1.example/other", False),
        (MYSQL, "mariadb://app@eu1.example:3306/other", True),
        (MYSQL, "mysql://app@eu1.example:3307/app", False),
        ("postgresql://localhost/app", "postgresql://127.0.0.1/app", True),
        ("sqlite:///a.db", "sqlite:///./a.db", True),
        ("sqlite:///a.db", "sqlite:///b.db", False),
    ],
)
def test_the_server_of_the_registry_may_have_a_name(home: str, address: str, same: bool) -> None:
    servers = Servers(server_of(home), {"eu1": address})
    assert (servers.is_home("eu1"), servers.find("eu1").name) == (same, "" if same else "eu1")
    assert [*servers.sort([tenant("a", "eu1"), tenant("b")])] == ([""] if same else ["eu1", ""])


def test_a_server_that_is_not_configured_is_named_with_its_tenants() -> None:
    servers = Servers(server_of(POSTGRESQL), {"eu2": "postgresql://eu2/app"})
    with pytest.raises(
        ConfigurationError, match="a, b are placed on server eu9, but there is no server eu9; known are: eu2\n  next:"
    ):
        servers.sort([tenant("a", "eu9"), tenant("b", "eu9"), tenant("c", "eu2")])


def test_only_the_rows_that_the_registry_places_on_a_server_count() -> None:
    merged = merge("eu2", [tenant("a", "eu2"), tenant("b", "eu2")], [tenant("a"), tenant("stray")])
    assert [(one.name, one.present, one.server) for one in merged] == [("a", True, "eu2"), ("b", False, "eu2")]
    with pytest.raises(ConfigurationError, match="a registry itself"):
        merge("eu2", [tenant("a", "eu2")], [tenant("a", "eu2")])


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (SyncReport("sqlite"), 0),
        (SyncReport("sqlite", behind=("a",)), 5),
        (SyncReport("sqlite", behind=("a",), unreachable=(Unreachable("eu2", "no answer", 7, ("b",)),)), 7),
        (SyncReport("sqlite", failed=(Failed("c", "x", 3),), unreachable=(Unreachable("eu2", "no answer", 7),)), 1),
    ],
)
def test_the_exit_code_of_a_sync(report: SyncReport, code: int) -> None:
    assert report.exit_code == code


@pytest.mark.parametrize(
    ("text", "shown", "password"),
    [
        ("${EU2_URL}", "postgresql://app@eu2.example:6432/app", "from-url"),
        ("postgresql://app:${PASSWORD}@${HOST}/app", "postgresql://app@eu2.example:5433/app", "p@ss/w%20:rd#"),
        ("postgresql://app@eu2/app", "postgresql://app@eu2/app", ""),
    ],
)
def test_an_address_takes_variables_of_the_environment(tmp_path: Path, text: str, shown: str, password: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.whimbrel.servers]\neu2 = '{text}'\n")
    environment = {
        "EU2_URL": "postgresql://app:from-url@eu2.example:6432/app",
        "PASSWORD": "p@ss/w%20:rd#",
        "HOST": "eu2.example:5433",
    }
    url = read_servers(tmp_path, environment)["eu2"]
    assert (str(url), url.password.reveal() if url.password else "") == (shown, password)
    assert password == "" or password not in repr(url)


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.whimbrel.servers]\neu2 = 'postgresql://${WHO}:${PW}@eu2/app'\n")
    with pytest.raises(ConfigurationError, match=r"server eu2 .* needs the environment variable PW"):
        read_servers(tmp_path, {"WHO": "app"})


@pytest.mark.parametrize("value", ["1", "['a']", "{ eu2 = 1 }"])
def test_servers_must_be_a_table_of_addresses(tmp_path: Path, value: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.whimbrel]\nservers = {value}\n")
    with pytest.raises(ConfigurationError, match="must have an address for each name"):
        read_servers(tmp_path, {})
