//! Every mistake and every trouble at the start: one sentence, the right exit code.

mod common;

use std::net::UdpSocket;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use common::{Peer, Program, chinwag, chinwag_command, exit_code, has_namespaces};

/// The exit code and the first line of standard error.
fn trouble(arguments: &str) -> (i32, String) {
    let mut program = chinwag(arguments);
    let first = program.err.line();
    (program.ends(), first)
}

#[test]
fn usage_is_told_with_what_was_expected() {
    for (arguments, expected) in [
        ("plain --bind 70000", "port '70000' is not a number from 0 to 65535"),
        ("plain 127.0.0.1:70000", "port '70000' is not a number from 0 to 65535"),
        ("plain 10.0.0.7 9999", "did you mean 10.0.0.7:9999?"),
        ("plain 127.0.0.256:9", "expected four numbers from 0 to 255"),
        ("plain fe80::1", "needs its interface, such as fe80::1%eth0"),
        ("plain --charset klingon", "expected a charset that contains ASCII"),
        ("plain --timeout soon", "expected a number of seconds"),
        ("plain --expect (", "unclosed group"),
        ("send --file - --name a/b", "--name is no name of a file: expected one without a slash"),
        ("send --file - --name ..", "--name is no name of a file: expected one without a slash"),
        (
            "send --temp --keep --file a",
            "--keep is for files that stay where they are, offered by a profile that stays: not for standard input or \
             --temp",
        ),
        ("--exec-all", "--exec-all needs --exec: expected --exec COMMAND"),
        ("plain --nonsense", "unexpected argument '--nonsense'"),
        ("-b 127.0.0.1:0 plain [::1]:9", "expected a peer of the same IP family"),
    ] {
        let (code, words) = trouble(arguments);
        assert_eq!(code, 2, "{arguments}");
        assert!(words.contains(expected), "{arguments}: {words}");
    }
}

#[test]
fn a_port_in_use_is_told_with_its_holder() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (code, words) = trouble(&format!("plain --bind 127.0.0.1:{port}"));
    assert_eq!(code, 1);
    assert!(words.starts_with(&format!("chinwag: port {port} is in use")), "{words}");
    if cfg!(target_os = "linux") {
        assert!(words.contains(&format!("(process {})", std::process::id())), "{words}");
    }
}

#[test]
fn one_family_in_use_is_in_use_where_the_port_was_asked_for() {
    let Ok(taken) = UdpSocket::bind("[::]:0") else {
        common::skipped("this machine has no IPv6");
        return;
    };
    let port = taken.local_addr().unwrap().port();
    assert_eq!(trouble(&format!("plain --bind {port}")).0, 1);
}

#[test]
fn the_usual_port_taken_is_no_trouble_where_it_was_not_asked_for() {
    let _taken = UdpSocket::bind("0.0.0.0:7788"); // where this fails somebody else has it
    let mut program = chinwag("plain");
    assert!(program.err.line().starts_with("port 7788 is in use"));
    let port = program.listens();
    let peer = Peer::bind();
    peer.says(port, b"hi");
    program.out.is(&format!("[{}] hi", peer.address()));
}

#[test]
fn the_usual_port_is_left_to_a_peer_that_has_it_on_this_machine() {
    for peer in ["127.0.0.1:7788", "localhost"] {
        let mut program = chinwag(&format!("plain {peer}"));
        let listening = program.err.line();
        assert!(listening.starts_with("listening on ") && !listening.contains(":7788"), "{listening}");
    }
}

#[test]
fn what_the_network_lacks_is_told_and_nothing_is_sent() {
    assert_eq!(trouble("plain --bind 192.0.2.77:9").1, "chinwag: 192.0.2.77 is not an address of this machine");
    let (code, words) = trouble("plain --bind 127.0.0.1:0 --interface nonsense");
    assert_eq!(code, 1);
    assert!(words.starts_with("chinwag: 'nonsense' is no interface of this machine: expected one of "), "{words}");
    let witness = Peer::bind();
    let (code, words) = trouble(&format!("plain --bind 127.0.0.1:0 {} nonsense.invalid:9", witness.address()));
    assert_eq!(code, 1);
    assert!(words.starts_with("chinwag: unknown host 'nonsense.invalid'"), "{words}");
}

#[test]
fn an_own_address_as_peer_is_refused() {
    let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    for peer in [format!("127.0.0.1:{port}"), format!("127.0.0.2:{port}")] {
        let (code, words) = trouble(&format!("plain --bind 0.0.0.0:{port} {peer}"));
        assert_eq!(
            (code, words),
            (2, format!("chinwag: {peer} is this program's own address: expected somebody else's"))
        );
    }
}

#[test]
fn an_unreachable_network_is_told_and_fails() {
    if !has_namespaces() {
        return;
    }
    let mut command = Command::new("unshare");
    let mut program = Program::start(command.args(["-rn", env!("CARGO_BIN_EXE_chinwag"), "plain", "10.1.1.1:9"]));
    program.listens();
    program.types("hi");
    program.err.is("10.1.1.1:9: there is no way to its network");
    assert_eq!(program.ends(), 1);
}

#[test]
fn a_port_below_1024_takes_a_right() {
    let free = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    if free.trim() == "0" {
        common::skipped("this machine gives every user every port");
        return;
    }
    let mut command = chinwag_command("plain --bind 127.0.0.1:80");
    if nix::unistd::geteuid().is_root() {
        command.uid(65534); // nobody
    }
    let mut program = Program::start(&mut command);
    program.err.is("chinwag: port 80 takes a right that this user does not have: expected a port from 1024 to 65535");
    assert_eq!(program.code(), 1);
}

#[test]
fn in_json_a_refusal_is_an_error_and_an_exit_on_standard_output() {
    let mut program = chinwag("plain --json --bind 192.0.2.77:9");
    program.out.is(r#"{"type":"error","kind":"fatal","text":"192.0.2.77 is not an address of this machine"}"#);
    program.out.is(r#"{"type":"exit","code":1,"reason":"failed"}"#);
    assert_eq!((program.err.rest().len(), program.code()), (0, 1));
}

#[test]
fn help_and_version_are_data_and_no_command_is_usage() {
    for (arguments, code) in [("--help", 0), ("plain --help", 0), ("--version", 0), ("--nonsense", 2)] {
        let status = chinwag_command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert_eq!(exit_code(status.unwrap()), code, "{arguments:?}");
    }
}

#[test]
fn all_options_may_stand_before_the_command_word() {
    let peer = Peer::bind();
    let mut program = chinwag(&format!("--bind 127.0.0.1:0 --newline plain {}", peer.address()));
    program.types("hi");
    assert_eq!(peer.hears(), b"hi\n");
}
