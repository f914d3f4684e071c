"""Which hosts an agent may reach, however it spells them."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import SupervisorError
from remit.supervisor.egress.rules import HeldSecret, HostRule, Refusal, Route, Rules, canonical_host, split_port

SECRET = "sk-" + "0123456789"


def reached(rules: Rules, host: str, port: int = 443, *, tunnel: bool = True, moment: float = 0.0) -> bool:
    """Whether the rules let a request through."""
    return isinstance(rules.route(canonical_host(host), port, tunnel=tunnel, moment=moment), Route)


def reason(rules: Rules, host: str, port: int = 443, *, tunnel: bool = True, moment: float = 0.0) -> str:
    """Why they do not."""
    refusal = rules.route(host, port, tunnel=tunnel, moment=moment)
    assert isinstance(refusal, Refusal)
    return refusal.reason


@pytest.mark.requirement("EGRESS-03")
@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("my_host.internal", "my_host.internal"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0x7F000001", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("::FFFF:7f00:1", "127.0.0.1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("0x1g.example", "0x1g.example"),
        ("169.254.43518", "169.254.169.254"),
    ],
)
def test_every_spelling_of_a_host_is_one_host(spelling: str, canonical: str) -> None:
    assert canonical_host(spelling) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a..b",
        "-a.example",
        "a-.example",
        "a b",
        "a/b",
        "a@b",
        "a%41",
        "a\\b",
        "a?b",
        "a#b",
        "a\x00b",
        "x" * 64 + ".example",
        ".".join(["x" * 60] * 5),
        "256.0.0.1",
        "1.2.3.4.5",
        "a.1",
        "09",
        "99999999999",
        "[::1%lo]",
        "[::1",
        "[]",
        ":::",
        "straße.example",
        "a\u200db.example",
        "\ufe52com",
    ],
)
def test_what_is_no_host_or_has_two_meanings_is_refused(text: str) -> None:
    with pytest.raises((ValueError, UnicodeError)):
        canonical_host(text)


@given(st.text(max_size=80))
def test_a_canonical_host_is_its_own_canonical_form_and_reading_never_crashes(text: str) -> None:
    try:
        host = canonical_host(text)
    except (ValueError, UnicodeError):
        return
    assert canonical_host(host) == host
    assert host.isascii()
    assert not set(host) & set(" /\\@?#%[]\r\n\t\0")


@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_a_number_is_the_address_it_stands_for(number: int, form: str) -> None:
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    assert canonical_host(form.format(number)) == dotted == canonical_host(dotted)


@pytest.mark.parametrize("text", ["a:0", "a:65536", "a:x", "a:", "[::1]x", "a:-1", "a:+1", "a:1_0"])
def test_a_port_is_a_number_that_a_port_can_be(text: str) -> None:
    with pytest.raises(ValueError, match=r"no port|no host"):
        split_port(text)


def test_a_name_reaches_its_two_usual_ports_and_a_port_that_is_listed() -> None:
    rules = Rules(hosts=("Example.com", "other.example:8443"))
    assert reached(rules, "example.COM.", 80)
    assert reached(rules, "example.com", 443)
    assert not reached(rules, "example.com", 22)
    assert reached(rules, "other.example", 8443)
    assert not reached(rules, "other.example", 443)
    assert "not its port 443" in reason(rules, "other.example", 443)


def test_a_pattern_is_below_its_domain_only() -> None:
    rules = Rules(hosts=("*.example.com",))
    assert reached(rules, "a.example.com")
    assert reached(rules, "a.b.example.com")
    assert not reached(rules, "example.com")
    assert not reached(rules, "badexample.com")
    assert not reached(rules, "example.com.evil.net")


def test_any_host_is_any_name_but_no_address() -> None:
    rules = Rules(hosts=("*",))
    assert reached(rules, "anything.example")
    assert not reached(rules, "anything.example", 22)
    for address in ("93.184.216.34", "1572395042", "[2606:2800::1]", "[::ffff:8.8.8.8]"):
        assert not reached(rules, address)
    assert "listed as such" in reason(rules, "8.8.8.8")


def test_no_host_listed_is_no_host_reached() -> None:
    assert not reached(Rules(), "example.com")
    assert reason(Rules(), "example.com") == "`example.com` is not among the hosts of the charter"


def test_an_address_is_reached_by_every_spelling_of_itself_once_listed() -> None:
    rules = Rules(hosts=("127.0.0.1:8080", "[::1]:9090", "2001:db8::5"))
    assert reached(rules, "2130706433", 8080)
    assert reached(rules, "[0:0::1]", 9090)
    assert reached(rules, "[2001:DB8::0:5]", 443)
    assert not reached(rules, "127.0.0.2", 8080)


@pytest.mark.parametrize("host", ["", "a b", "*.127.0.0.1", "*.*", "**", "*x.com", "http://a.example", "a/b", "[::1"])
def test_a_rule_that_cannot_be_read_is_an_error_with_a_hint(host: str) -> None:
    with pytest.raises(SupervisorError) as caught:
        Rules(hosts=(host,))
    assert caught.value.hint


def test_what_is_revoked_is_reached_no_more_and_stays_revoked() -> None:
    secret = HeldSecret(host="api.example", header="Authorization", value=f"Bearer {SECRET}")
    rules = Rules(hosts=("api.example", "*.open.example"), secrets=(secret,))
    less = rules.changed(hosts=None, revoked=("API.example.",))
    assert not reached(less, "api.example")
    assert "revoked" in reason(less, "api.example", 80, tunnel=False)
    assert less.secrets == ()
    assert reached(less, "a.open.example")
    assert not reached(less.changed(hosts=("api.example",), revoked=()), "api.example")
    assert not reached(less.changed(hosts=None, revoked=("*.open.example",)), "a.open.example")
    assert not reached(Rules(hosts=("127.0.0.1:80", "a.example")).changed(hosts=None, revoked=("*",)), "127.0.0.1", 80)


@pytest.mark.requirement("EGRESS-03")
@given(
    st.lists(st.sampled_from(["a.example", "*.example", "*", "b.a.example:8443", "127.0.0.1:80"]), max_size=4),
    st.sampled_from(["a.example", "*.example", "*", "b.a.example", "127.0.0.1"]),
    st.sampled_from(["a.example", "b.a.example", "c.example", "127.0.0.1"]),
    st.sampled_from([80, 443, 8443]),
)
def test_revoking_never_widens(hosts: list[str], revoked: str, host: str, port: int) -> None:
    before = Rules(hosts=tuple(hosts))
    after = before.changed(hosts=None, revoked=(revoked,))
    assert reached(before, host, port) or not reached(after, host, port)


def test_a_held_credential_raises_a_plain_request_to_tls() -> None:
    secret = HeldSecret(host="api.example", header="X-Key", value=SECRET)
    rules = Rules(hosts=("api.example",), secrets=(secret,))
    route = rules.route("api.example", 80, tunnel=False, moment=0.0)
    assert isinstance(route, Route)
    assert (route.port, route.tls, route.secrets) == (443, True, (secret,))


def test_a_tunnel_carries_no_held_credential() -> None:
    rules = Rules(hosts=("api.example",), secrets=(HeldSecret(host="api.example", header="X-Key", value=SECRET),))
    route = rules.route("api.example", 443, tunnel=True, moment=0.0)
    assert isinstance(route, Route)
    assert (route.secrets, route.tls) == ((), False)


def test_only_this_machine_gets_a_credential_in_the_clear() -> None:
    near = HeldSecret(host="127.0.0.1:8080", header="X-Key", value=SECRET)
    far = HeldSecret(host="api.example:8443", header="X-Key", value=SECRET)
    rules = Rules(hosts=("127.0.0.1:8080", "api.example:8443"), secrets=(near, far))
    clear = rules.route("127.0.0.1", 8080, tunnel=False, moment=0.0)
    sealed = rules.route("api.example", 8443, tunnel=False, moment=0.0)
    assert isinstance(clear, Route)
    assert isinstance(sealed, Route)
    assert (clear.tls, sealed.tls) == (False, True)
    with pytest.raises(SupervisorError, match="in the clear"):
        HeldSecret(host="api.example:80", header="X-Key", value=SECRET)


def test_a_credential_needs_its_host_among_the_hosts() -> None:
    rules = Rules(hosts=(), secrets=(HeldSecret(host="api.example", header="X-Key", value=SECRET),))
    assert not reached(rules, "api.example", 80, tunnel=False)


def test_a_credential_lives_as_long_as_it_was_given_and_then_its_host_is_refused() -> None:
    secret = HeldSecret(host="api.example", header="X-Key", value=SECRET, life=60.0)
    rules = Rules(hosts=("api.example",), secrets=(secret,))
    assert reached(rules, "api.example", 80, tunnel=False, moment=59.9)
    assert "expired" in reason(rules, "api.example", 80, tunnel=False, moment=60.0)


@pytest.mark.parametrize("form", ["", "{}\r\nB: c", "{}\n", " {}", "{} ", "ü{}", "{}\0"])
def test_a_credential_is_one_header_value_and_an_error_does_not_show_it(form: str) -> None:
    with pytest.raises(SupervisorError, match="header value") as caught:
        HeldSecret(host="api.example", header="X-Key", value=form.format(SECRET))
    assert SECRET not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("header", ["", "a b", "a:", "Host", "content-length", "Transfer-Encoding", "a\r\nb"])
def test_a_credential_goes_into_a_header_that_can_carry_it(header: str) -> None:
    with pytest.raises(SupervisorError, match="header"):
        HeldSecret(host="api.example", header=header, value=SECRET)


def test_a_credential_is_not_shown() -> None:
    secret = HeldSecret(host="api.example", header="X-Key", value=SECRET)
    assert SECRET not in repr(secret)
    assert SECRET not in repr(Rules(hosts=("api.example",), secrets=(secret,)))
    assert SECRET not in repr(replace(secret, life=1.0))


def test_a_basic_credential_is_looked_for_in_every_form() -> None:
    token = base64.b64encode(b"user:long password").decode()
    secret = HeldSecret(host="api.example", header="Authorization", value=f"Basic {token}")
    assert set(secret.needles) == {
        f"Basic {token}".encode(),
        token.encode(),
        b"user:long password",
        b"long password",
    }


def test_a_rule_without_ports_is_for_revocations() -> None:
    assert HostRule.read("a.example", usual=()).covers("a.example", 22)
